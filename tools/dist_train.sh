#!/usr/bin/env bash
# Train on several processes: ./tools/dist_train.sh CONFIG GPUS [arguments of tools/train.py]
# Environment: NNODES (1), NODE_RANK (0), MASTER_ADDR (127.0.0.1), PORT or MASTER_PORT (29500), PYTHON.
# Without a GPU the processes share the CPU.
set -euo pipefail

if [ $# -lt 2 ]; then
    echo "usage: $0 CONFIG GPUS [arguments of tools/train.py]" >&2
    exit 2
fi
config=$1
gpus=$2
shift 2

source "$(dirname "${BASH_SOURCE[0]}")/_launch.sh"
torchrun_tool "$gpus" train.py "$config" --launcher pytorch "$@"
