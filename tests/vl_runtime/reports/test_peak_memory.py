import mmap

from vl_runtime.reports.peak_memory import peak_memory


def test_memory_that_was_let_go_again_counts():
    size = 40 * 2**20
    # Pages of its own: an allocator may hand out memory that the process has already.
    with peak_memory() as found, mmap.mmap(-1, size) as block:
        block.write(b'1' * size)
    assert found.added >= 30 * 2**20 or not found.exact
    assert found.process >= found.added > 0
