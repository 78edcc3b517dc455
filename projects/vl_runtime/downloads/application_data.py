"""Data of the three applications: logos, main subjects with phrases, and where they are.

Sizes and addresses are those that the authors or their users state; they could not be tried
where this was written.
"""

from __future__ import annotations

from vl_runtime.downloads.entry import DownloadEntry, DownloadFile

_READ_TERMS = 'not stated here: read the terms at the source'
_DUTS = 'http://saliencydetection.net/duts/download'
_REFER = 'https://bvisionweb1.cs.unc.edu/licheng/referit/data'
_DUTS_CITATION = (
    'Wang et al., Learning to Detect Salient Objects with Image-level Supervision, CVPR 2017'
)
_REFCOCO_CITATION = 'Yu et al., Modeling Context in Referring Expressions, arXiv:1608.00272'


def _refcoco(name: str, file: str, citation: str) -> DownloadEntry:
    return DownloadEntry(
        name,
        'data',
        (DownloadFile(file, f'{_REFER}/{file}'),),
        'https://github.com/lichengunc/refer',
        _READ_TERMS,
        'refcoco',
        tree=f'{file.removesuffix(".zip")}/refs(...).p and instances.json; the pictures are those '
        'of COCO train2014',
        citation=citation,
    )


LOGODET3K = DownloadEntry(
    'logodet3k',
    'data',
    (DownloadFile('LogoDet-3K.zip', 'http://123.57.42.89/Dataset_ict/LogoDet-3K.zip'),),
    'https://github.com/Wangjing1551/LogoDet-3K-Dataset',
    _READ_TERMS,
    'logodet3k',
    '158,652 pictures, 3,000 brands; about 3 GB',
    tree='LogoDet-3K/INDUSTRY/BRAND/1.jpg and 1.xml',
    citation='Wang et al., LogoDet-3K: A Large-Scale Image Dataset for Logo Detection, '
    'arXiv:2008.05359',
)
SALIENCY = (
    DownloadEntry(
        'duts_tr',
        'data',
        (DownloadFile('DUTS-TR.zip', f'{_DUTS}/DUTS-TR.zip'),),
        'https://saliencydetection.net/duts',
        _READ_TERMS,
        'duts',
        '10,553 pictures; about 800 MB unpacked',
        tree='DUTS-TR/DUTS-TR-Image/*.jpg and DUTS-TR/DUTS-TR-Mask/*.png',
        citation=_DUTS_CITATION,
    ),
    DownloadEntry(
        'duts_te',
        'data',
        (DownloadFile('DUTS-TE.zip', f'{_DUTS}/DUTS-TE.zip'),),
        'https://saliencydetection.net/duts',
        _READ_TERMS,
        'duts',
        '5,019 pictures',
        tree='DUTS-TE/DUTS-TE-Image/*.jpg and DUTS-TE/DUTS-TE-Mask/*.png',
        citation=_DUTS_CITATION,
    ),
    DownloadEntry(
        'msra_b',
        'data',
        (),
        'https://mmcheng.net/msra10k',
        _READ_TERMS,
        'msra_b',
        'about 2,500 pictures for training, of 5,000',
        by_hand='accept the terms at the source, then unpack',
        tree='*.jpg and *.png of the same stem in one folder (--image-dir . --mask-dir . '
        '--image-suffix .jpg --mask-suffix .png)',
        citation='Liu et al., Learning to Detect a Salient Object, TPAMI 2011',
    ),
    DownloadEntry(
        'dut_omron',
        'data',
        (),
        'https://saliencydetection.net/dut-omron',
        _READ_TERMS,
        'dut_omron',
        '5,168 pictures',
        by_hand='accept the terms at the source, then unpack',
        tree='DUT-OMRON-image/*.jpg and pixelwiseGT-new-PNG/*.png',
        citation='Yang et al., Saliency Detection via Graph-Based Manifold Ranking, CVPR 2013',
    ),
)
REFCOCO = (
    _refcoco('refcoco', 'refcoco.zip', _REFCOCO_CITATION),
    _refcoco('refcoco+', 'refcoco+.zip', _REFCOCO_CITATION),
    _refcoco(
        'refcocog',
        'refcocog.zip',
        'Mao et al., Generation and Comprehension of Unambiguous Object Descriptions, '
        'arXiv:1511.02283',
    ),
)
APPLICATION_DATA = (LOGODET3K, *SALIENCY, *REFCOCO)
