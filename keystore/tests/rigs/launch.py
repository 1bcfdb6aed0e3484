"""Runs a KMS emulator on 127.0.0.1, and ends it when the test that started it ends in any way.

usage: launch.py ministack|moto PORT, with a pipe as standard input that the test keeps open
"""

import os
import sys
import threading


def end_with_the_test():
    sys.stdin.buffer.read()
    os._exit(0)


threading.Thread(target=end_with_the_test, daemon=True).start()
name, port = sys.argv[1:]
if name == "ministack":
    os.environ.update(
        BIND_HOST="127.0.0.1",
        GATEWAY_PORT=port,
        SERVICES="kms,s3",
        SFTP_ENABLED="0",
        IOT_MTLS_ENABLED="0",
        LOG_LEVEL="WARNING",
    )
    sys.argv = [name]
    from ministack.app import main

    main()
else:
    from moto.server import main

    main(["-H", "127.0.0.1", "-p", port])
