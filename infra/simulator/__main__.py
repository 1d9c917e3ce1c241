"""python -m infra.simulator --port 8100 [--host 127.0.0.1] [--config FILE]"""

import argparse
import contextlib
from pathlib import Path

from infra.simulator import Simulator, default_config, read_config


def main() -> None:
    parser = argparse.ArgumentParser(prog="infra.simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--config", type=Path, help="JSON; see Config in config.py")
    parser.add_argument("--base-url", default="http://127.0.0.1:8000", help="the platform's own")
    arguments = parser.parse_args()
    config = (
        read_config(arguments.config)
        if arguments.config
        else default_config(arguments.base_url, "quangninh", "quangninh")
    )
    simulator = Simulator(config, host=arguments.host, port=arguments.port)
    print(f"channel simulator on {simulator.url}", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        simulator.serve_forever()


if __name__ == "__main__":
    main()
