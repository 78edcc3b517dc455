#!/usr/bin/env bash
# Evaluate on several processes: ./tools/dist_test.sh CONFIG CHECKPOINT GPUS [arguments of tools/test.py]
# Environment: NNODES (1), NODE_RANK (0), MASTER_ADDR (127.0.0.1), PORT or MASTER_PORT (29500), PYTHON.
# Without a GPU the processes share the CPU.
set -euo pipefail

if [ $# -lt 3 ]; then
    echo "usage: $0 CONFIG CHECKPOINT GPUS [arguments of tools/test.py]" >&2
    exit 2
fi
config=$1
checkpoint=$2
gpus=$3
shift 3

source "$(dirname "${BASH_SOURCE[0]}")/_launch.sh"
torchrun_tool "$gpus" test.py "$config" "$checkpoint" --launcher pytorch "$@"
