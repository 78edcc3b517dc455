#!/usr/bin/env bash
# Train on a Slurm cluster: ./tools/slurm_train.sh PARTITION JOB_NAME CONFIG WORK_DIR [arguments of tools/train.py]
# Environment: GPUS (8), GPUS_PER_NODE (8, at most GPUS), CPUS_PER_TASK (5), SRUN_ARGS, PYTHON.
set -euo pipefail

if [ $# -lt 4 ]; then
    echo "usage: $0 PARTITION JOB_NAME CONFIG WORK_DIR [arguments of tools/train.py]" >&2
    exit 2
fi
partition=$1
job_name=$2
config=$3
work_dir=$4
shift 4

source "$(dirname "${BASH_SOURCE[0]}")/_launch.sh"
srun_tool "$partition" "$job_name" train.py "$config" --work-dir "$work_dir" --launcher slurm "$@"
