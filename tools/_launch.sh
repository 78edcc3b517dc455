# Start a tool on several processes; sourced by dist_*.sh and slurm_*.sh.

tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ -z "${PYTHON:-}" ]; then
    PYTHON=$tools/../.venv/bin/python
    [ -x "$PYTHON" ] || PYTHON=python
fi

# torchrun_tool GPUS TOOL [arguments]
# Environment: NNODES (1), NODE_RANK (0), MASTER_ADDR (127.0.0.1), PORT or MASTER_PORT (29500).
torchrun_tool() {
    local gpus=$1 tool=$2
    shift 2
    if ! [[ $gpus =~ ^[1-9][0-9]*$ ]]; then
        echo "error: GPUS is the number of processes on this machine, found '$gpus'" >&2
        exit 2
    fi

    # The cores of this machine are shared; torchrun would give each process a single one.
    local cores threads
    cores=$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)
    threads=$((cores / gpus))
    export OMP_NUM_THREADS=${OMP_NUM_THREADS:-$((threads > 0 ? threads : 1))}
    export MKL_NUM_THREADS=${MKL_NUM_THREADS:-$OMP_NUM_THREADS}

    exec "$PYTHON" "$tools/_torchrun.py" \
        --nnodes="${NNODES:-1}" \
        --node_rank="${NODE_RANK:-0}" \
        --master_addr="${MASTER_ADDR:-127.0.0.1}" \
        --master_port="${PORT:-${MASTER_PORT:-29500}}" \
        --nproc_per_node="$gpus" \
        "$tools/$tool" "$@"
}

# srun_tool PARTITION JOB_NAME TOOL [arguments]
# Environment: GPUS (8), GPUS_PER_NODE (8, at most GPUS), CPUS_PER_TASK (5), SRUN_ARGS.
srun_tool() {
    local partition=$1 job_name=$2 tool=$3
    shift 3
    local gpus=${GPUS:-8}
    local per_node=${GPUS_PER_NODE:-$((gpus < 8 ? gpus : 8))}

    # shellcheck disable=SC2086  # SRUN_ARGS is a list of arguments
    exec srun -p "$partition" \
        --job-name="$job_name" \
        --gres="gpu:$per_node" \
        --ntasks="$gpus" \
        --ntasks-per-node="$per_node" \
        --cpus-per-task="${CPUS_PER_TASK:-5}" \
        --kill-on-bad-exit=1 \
        ${SRUN_ARGS:-} \
        "$PYTHON" -u "$tools/$tool" "$@"
}
