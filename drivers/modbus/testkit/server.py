"""A Modbus TCP device for tests, by pymodbus: two units with values of every type, encoded by pymodbus.

Usage: server.py PORT (0: any). Prints {"port": N} when it listens. Reads commands from standard input, one JSON document a
line, and answers each with a line: {"unit": 1, "address": 100, "values": [7]} writes holding registers.
"""

import asyncio
import json
import sys

from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

HOLDING = [
    SimData(0, values=-123, datatype=DataType.INT16),
    SimData(1, values=50000, datatype=DataType.UINT16),
    SimData(2, values=-100000, datatype=DataType.INT32),
    SimData(4, values=4000000000, datatype=DataType.UINT32),
    SimData(6, values=-(2**60), datatype=DataType.INT64),
    SimData(10, values=2**63 + 2**40, datatype=DataType.UINT64),
    SimData(14, values=21.5, datatype=DataType.FLOAT32),
    SimData(16, values=3.141592653589793, datatype=DataType.FLOAT64),
    SimData(20, values="pump 7 ok ", datatype=DataType.STRING),
    SimData(25, values=0b1010, datatype=DataType.REGISTERS),
    # 21.5 again, with the low register first.
    SimData(26, values=[0x0000, 0x41AC], datatype=DataType.REGISTERS),
    SimData(100, count=300, values=0, datatype=DataType.REGISTERS),
]


def unit(number: int, holding: list) -> SimDevice:
    bits = [True, False, True, True] + [False] * 12
    coils = [SimData(0, values=bits, datatype=DataType.BITS)]
    discrete = [SimData(0, values=[not bit for bit in bits], datatype=DataType.BITS)]
    inputs = [SimData(0, values=[1000 + number], datatype=DataType.REGISTERS)]
    return SimDevice(number, simdata=(coils, discrete, holding, inputs))


async def main() -> None:
    small = [SimData(0, values=[42], datatype=DataType.REGISTERS)]
    server = ModbusTcpServer([unit(1, HOLDING), unit(2, small)], address=("127.0.0.1", int(sys.argv[1])))
    await server.serve_forever(background=True)
    print(json.dumps({"port": server.transport.sockets[0].getsockname()[1]}), flush=True)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        command = json.loads(line)
        await server.context.async_setValues(command["unit"], 16, command["address"], command["values"])
        print("{}", flush=True)


asyncio.run(main())
