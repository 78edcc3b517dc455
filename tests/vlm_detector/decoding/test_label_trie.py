"""A tree of labels tells what may follow and the shortest way out."""

from vlm_detector.decoding.label_trie import LabelTrie


def test_what_may_follow_and_what_is_complete():
    trie = LabelTrie(['cat', 'cathedral', 'dog', 'cat'])
    assert trie.labels == ('cat', 'cathedral', 'dog')
    assert trie.choices('') == 'cd' and trie.choices('ca') == 't' and trie.choices('cat') == 'h'
    assert trie.complete('cat') and not trie.complete('ca') and not trie.complete('')
    assert trie.choices('dog') == '' and trie.longest() == 9


def test_the_way_out_is_the_shortest_label():
    trie = LabelTrie(['abcdef', 'abx', 'b'])
    assert trie.way_out('') == 'b'
    assert trie.way_out('ab') == 'x' and trie.way_out('abc') == 'd'
