"""Runs a Pulumi program in Python: what the language host starts, with the addresses that it was given."""

import argparse
import asyncio
import logging
import os
import runpy
import sys
import traceback

try:
    import pulumi
    import pulumi.runtime
except ImportError:
    traceback.print_exc()
    sys.exit("The package pulumi is not installed for this Python. Run `pulumi install`, or `pip install pulumi`.")


def parse():
    parser = argparse.ArgumentParser()
    for name in ("project", "stack", "organization", "root-directory", "pwd", "monitor", "engine"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--parallel", type=int)
    parser.add_argument("--dry-run", action="store_true")
    parser.add_argument("program")
    parser.add_argument("args", nargs="*")
    return parser.parse_args()


def run_program(path: str) -> None:
    runpy.run_path(path, run_name="__main__")


def main() -> int:
    given = parse()
    pulumi.runtime.set_all_config(pulumi.runtime.get_config_env(), pulumi.runtime.get_config_secret_keys_env())
    pulumi.runtime.configure(
        pulumi.runtime.Settings(
            project=given.project,
            stack=given.stack,
            organization=given.organization,
            root_directory=given.root_directory,
            monitor=given.monitor,
            engine=given.engine,
            parallel=given.parallel,
            dry_run=given.dry_run,
        )
    )
    os.chdir(given.pwd)
    sys.argv = [given.program, *given.args]
    # What a program that failed leaves unawaited is no news beside its error.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    try:
        asyncio.run(pulumi.runtime.run_in_stack(lambda: run_program(given.program)))
        return 0
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
    except Exception:
        pulumi.log.error(traceback.format_exc())
    # The program's error is told; the CLI stops without one of its own.
    return 32


sys.exit(main())
