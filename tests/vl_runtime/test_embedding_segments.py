import numpy as np

from vl_runtime import embedding_segments
from vl_runtime.embedding_segments import EmbeddingSegments


def vectors_of(*values):
    return np.array([[value, value] for value in values], dtype=np.float32)


def content(segments):
    return {
        text: vector.tolist()
        for texts, vectors in segments.read_new()
        for text, vector in zip(texts, vectors)
    }


def test_texts_are_read_back_exactly(tmp_path):
    first = EmbeddingSegments(tmp_path, 2)
    first.add(['', ' ', 'café\0', '猫'], vectors_of(1, 2, 3, 4))
    first.flush()

    assert content(EmbeddingSegments(tmp_path, 2)) == {
        '': [1, 1],
        ' ': [2, 2],
        'café\0': [3, 3],
        '猫': [4, 4],
    }
    assert [path.suffix for path in tmp_path.iterdir()] == ['.npz']


def test_a_segment_is_written_when_enough_texts_wait(tmp_path):
    segments = EmbeddingSegments(tmp_path, 2, flush_every=2)
    segments.add(['a'], vectors_of(1))
    assert list(tmp_path.iterdir()) == []
    segments.add(['b'], vectors_of(2))
    assert len(list(tmp_path.iterdir())) == 1


def test_nothing_is_written_twice(tmp_path):
    first, second = EmbeddingSegments(tmp_path, 2), EmbeddingSegments(tmp_path, 2)
    first.add(['a'], vectors_of(1))
    second.add(['a'], vectors_of(1))
    first.flush()
    second.flush()
    first.flush()

    assert len(list(tmp_path.iterdir())) == 1
    assert content(second) == {'a': [1, 1]}


def test_a_segment_of_another_process_is_found_later(tmp_path):
    reader, writer = EmbeddingSegments(tmp_path, 2), EmbeddingSegments(tmp_path, 2)
    assert content(reader) == {}
    writer.add(['a'], vectors_of(1))
    writer.flush()

    assert content(reader) == {'a': [1, 1]}
    assert content(reader) == {}


def test_damaged_segments_are_removed_with_one_warning_each(tmp_path, monkeypatch):
    lines = []
    monkeypatch.setattr(embedding_segments, 'print_log', lambda text, **kwargs: lines.append(text))
    good = EmbeddingSegments(tmp_path, 2)
    good.add(['a'], vectors_of(1))
    good.flush()
    whole = next(tmp_path.glob('*.npz')).read_bytes()
    (tmp_path / 'segment-1-cut.npz').write_bytes(whole[: len(whole) // 2])
    (tmp_path / 'segment-1-empty.npz').write_bytes(b'')
    (tmp_path / 'segment-1-bits.npz').write_bytes(whole.replace(vectors_of(1).tobytes(), b'x' * 8))
    np.savez(tmp_path / 'segment-1-other.npz', something=np.zeros(2))
    names = np.frombuffer(b'["b"]', dtype=np.uint8)
    np.savez(tmp_path / 'segment-1-wide.npz', texts=names, vectors=np.zeros((1, 3), np.float32))
    np.savez(
        tmp_path / 'segment-1-nan.npz', texts=names, vectors=np.full((1, 2), np.nan, np.float32)
    )

    assert content(EmbeddingSegments(tmp_path, 2)) == {'a': [1, 1]}
    assert len(list(tmp_path.iterdir())) == 1
    assert len(lines) == 6
    assert all('damaged embedding segment' in line for line in lines)


def test_an_unwritable_folder_costs_one_log_line(tmp_path, monkeypatch):
    lines = []
    monkeypatch.setattr(embedding_segments, 'print_log', lambda text, **kwargs: lines.append(text))
    (tmp_path / 'file').write_text('')
    segments = EmbeddingSegments(tmp_path / 'file' / 'below', 2, flush_every=1)

    segments.add(['a'], vectors_of(1))
    segments.add(['b'], vectors_of(2))
    segments.flush()

    assert len(lines) == 1
    assert 'kept in memory only' in lines[0]
    assert 'MMGROUND_CACHE' in lines[0]


def test_many_segments_become_one(tmp_path, monkeypatch):
    monkeypatch.setattr(embedding_segments, 'MERGE_ABOVE', 3)
    for index in range(5):
        segments = EmbeddingSegments(tmp_path, 2)
        segments.add([str(index)], vectors_of(index))
        segments.flush()

    expected = {str(index): [index, index] for index in range(5)}
    assert content(EmbeddingSegments(tmp_path, 2)) == expected
    assert len(list(tmp_path.iterdir())) <= 3
    assert content(EmbeddingSegments(tmp_path, 2)) == expected


def test_the_disk_part_is_bounded(tmp_path):
    segments = EmbeddingSegments(tmp_path, 2, max_entries=2)
    segments.add(['a', 'b', 'c'], vectors_of(1, 2, 3))
    segments.flush()
    segments.add(['d'], vectors_of(4))
    segments.flush()

    assert content(EmbeddingSegments(tmp_path, 2)) == {'a': [1, 1], 'b': [2, 2]}
