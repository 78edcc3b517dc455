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

gpus=${GPUS:-8}
per_node=${GPUS_PER_NODE:-$((gpus < 8 ? gpus : 8))}
tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ -z "${PYTHON:-}" ]; then
    PYTHON=$tools/../.venv/bin/python
    [ -x "$PYTHON" ] || PYTHON=python
fi

# shellcheck disable=SC2086  # SRUN_ARGS is a list of arguments
exec srun -p "$partition" \
    --job-name="$job_name" \
    --gres="gpu:$per_node" \
    --ntasks="$gpus" \
    --ntasks-per-node="$per_node" \
    --cpus-per-task="${CPUS_PER_TASK:-5}" \
    --kill-on-bad-exit=1 \
    ${SRUN_ARGS:-} \
    "$PYTHON" -u "$tools/train.py" "$config" --work-dir "$work_dir" --launcher slurm "$@"
