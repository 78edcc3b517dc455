"""torchrun that leaves the explanation to the processes that failed.

torchrun follows the one line of a user's mistake with a page about its own processes.
"""

import sys


def main():
    """Run ``torch.distributed.run``; the exit status."""
    from torch.distributed import DistNetworkError
    from torch.distributed.elastic.multiprocessing.api import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.run import main as run

    try:
        run()
    except ChildFailedError as error:
        rank, failure = error.get_first_failure()
        told = f'process {rank} stopped with exit status {failure.exitcode}; its message is above'
    except DistNetworkError as error:
        if 'EADDRINUSE' not in str(error):
            raise
        told = 'another program uses this port; choose another with PORT=29501'
    except (KeyboardInterrupt, SignalException):
        print('interrupted', file=sys.stderr)
        return 130
    else:
        return 0
    print(f'error: {told}.', file=sys.stderr)
    return 1


if __name__ == '__main__':
    raise SystemExit(main())
