"""An OPC UA server for tests, by asyncua.

Usage: server.py PORT FOLDER [secure]. Prints {"port": N, "fingerprint": "sha256:…", "namespace": INDEX} when it listens; keys
and certificate are kept in FOLDER. `secure`: Basic256Sha256 with signing and encryption, and user "operator" with password
"s3cret", in place of none of both; of clients it takes those whose certificate is FOLDER/trusted.pem. Reads commands from standard input, one JSON document a line, and answers each with a
line: {"node": "Temp", "value": 1.5}, {"node": "Temp", "status": "BadSensorFailure"}, {"sessions": false} (none is given from
now on), {"deleteSubscriptions": true}.
"""

import asyncio
import hashlib
import json
import logging
import socket
import sys
from datetime import datetime, timezone
from pathlib import Path

from asyncua import Server, ua
from asyncua.crypto.cert_gen import setup_self_signed_certificate
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.crypto.validator import CertificateValidator, CertificateValidatorOptions
from asyncua.server.internal_session import InternalSession
from asyncua.server.user_managers import UserManager
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

logging.disable(logging.CRITICAL)
NAMESPACE = "urn:flowfusion:test"
URI = "urn:flowfusion:test:server"


class Operators(UserManager):
    def get_user(self, iserver, username=None, password=None, certificate=None):
        return User(role=UserRole.User) if (username, password) == ("operator", "s3cret") else None


async def check_client(folder: Path, client: x509.Certificate, application) -> None:
    """Time, URI and key usage as asyncua demands them, and whether somebody trusted it."""
    options = CertificateValidatorOptions.EXT_VALIDATION | CertificateValidatorOptions.PEER_CLIENT
    await CertificateValidator(options).validate(client, application)
    trusted = folder / "trusted.pem"
    if not trusted.exists() or x509.load_pem_x509_certificate(trusted.read_bytes()) != client:
        raise ua.uaerrors.BadCertificateUntrusted


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def certificate(folder: Path) -> tuple[Path, Path, str]:
    cert, key = folder / "server.der", folder / "server.pem"
    await setup_self_signed_certificate(
        key, cert, URI, "localhost", [ExtendedKeyUsageOID.SERVER_AUTH], {"commonName": "test"}
    )
    der = x509.load_der_x509_certificate(cert.read_bytes()).public_bytes(Encoding.DER)
    return cert, key, "sha256:" + hashlib.sha256(der).hexdigest()


create_session = InternalSession.create_session


async def no_session(self, *args, **kwargs):
    raise ua.uaerrors.BadTooManySessions


VARIABLES = {
    "Temp": (21.5, ua.VariantType.Double),
    "Count": (-7, ua.VariantType.Int32),
    "Big": (2**60, ua.VariantType.UInt64),
    "Negative": (-(2**60), ua.VariantType.Int64),
    "Open": (True, ua.VariantType.Boolean),
    "Name": ("Kessel 1", ua.VariantType.String),
    "Since": (datetime(2026, 1, 31, 12, tzinfo=timezone.utc), ua.VariantType.DateTime),
    "Raw": (b"\x01\x02", ua.VariantType.ByteString),
    "Label": (ua.LocalizedText("boiler"), ua.VariantType.LocalizedText),
    "Curve": ([1.5, 2.5], ua.VariantType.Double),
}


async def main() -> None:
    port = int(sys.argv[1]) or free_port()
    folder, is_secure = Path(sys.argv[2]), sys.argv[3:4] == ["secure"]
    # The only one that it offers.
    policy = sys.argv[4] if len(sys.argv) > 4 else "Basic256Sha256_SignAndEncrypt"
    server = Server(user_manager=Operators() if is_secure else None)
    await server.init()
    await server.set_application_uri(URI)
    server.set_endpoint(f"opc.tcp://127.0.0.1:{port}/test")
    cert, key, fingerprint = await certificate(folder)
    if is_secure:
        server.set_security_policy([ua.SecurityPolicyType[policy]])
        await server.load_certificate(str(cert))
        await server.load_private_key(str(key))
        server.set_certificate_validator(lambda *client: check_client(folder, *client))
    else:
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    index = await server.register_namespace(NAMESPACE)
    nodes = {}
    for name, (value, kind) in VARIABLES.items():
        node = ua.NodeId(name, index)
        nodes[name] = await server.nodes.objects.add_variable(node, name, value, kind)
    async with server:
        print(json.dumps({"port": port, "fingerprint": fingerprint, "namespace": index}), flush=True)
        reader = asyncio.StreamReader(limit=2**20)
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            command = json.loads(line)
            if "sessions" in command:
                InternalSession.create_session = create_session if command["sessions"] else no_session
                print("{}", flush=True)
                continue
            if "deleteSubscriptions" in command:
                service = server.iserver.subscription_service
                await service.delete_subscriptions(list(service.subscriptions))
                print("{}", flush=True)
                continue
            kind = VARIABLES[command["node"]][1]
            if "status" in command:
                status = ua.StatusCode(getattr(ua.StatusCodes, command["status"]))
                value = ua.DataValue(ua.Variant(0.0, kind), status, SourceTimestamp=datetime.now(timezone.utc))
            else:
                value = ua.DataValue(ua.Variant(command["value"], kind), SourceTimestamp=datetime.now(timezone.utc))
            await server.write_attribute_value(nodes[command["node"]].nodeid, value)
            print("{}", flush=True)


asyncio.run(main())
