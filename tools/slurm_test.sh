#!/usr/bin/env bash
# Evaluate on a Slurm cluster: ./tools/slurm_test.sh PARTITION JOB_NAME CONFIG CHECKPOINT [arguments of tools/test.py]
# Environment: GPUS (8), GPUS_PER_NODE (8, at most GPUS), CPUS_PER_TASK (5), SRUN_ARGS, PYTHON.
set -euo pipefail

if [ $# -lt 4 ]; then
    echo "usage: $0 PARTITION JOB_NAME CONFIG CHECKPOINT [arguments of tools/test.py]" >&2
    exit 2
fi
partition=$1
job_name=$2
config=$3
checkpoint=$4
shift 4

source "$(dirname "${BASH_SOURCE[0]}")/_launch.sh"
srun_tool "$partition" "$job_name" test.py "$config" "$checkpoint" --launcher slurm "$@"
