"""Known noise of third parties that tells a user nothing and asks for nothing.

Each entry says where it comes from and why it can be ignored. Warnings about the
user's own data or settings never stand here. Until: the sources are quiet.
"""

from __future__ import annotations

import logging
import warnings

# (category, start of the message as a regular expression)
KNOWN_WARNINGS: tuple[tuple[type[Warning], str], ...] = (
    # mmengine 0.10.7 imports pkg_resources; setuptools is held below the version without it.
    (UserWarning, 'pkg_resources is deprecated as an API'),
    (DeprecationWarning, 'pkg_resources is deprecated as an API'),
    (DeprecationWarning, 'Deprecated call to `pkg_resources'),
    # mmdet and mmyolo anchor grids call torch.meshgrid without `indexing`; 'ij' is what they mean.
    (UserWarning, 'torch.meshgrid: in an upcoming release'),
    # mmengine's AMP wrapper builds its gradient scaler by the old name; it works the same.
    (FutureWarning, r'`torch\.cuda\.amp\.'),
    # mmengine's Runner passes this argument to torch; it still means what it meant.
    (FutureWarning, '`broadcast_buffers` is deprecated'),
    # mmengine counts schedules in iterations, also where several make one step of the optimiser.
    (UserWarning, r'Detected call of `scheduler\.step\(\)` before `optimizer\.step\(\)`'),
)

# Starts of lines that mmengine logs.
KNOWN_LOG_LINES: tuple[str, ...] = (
    # mmengine's own CheckpointHook uses mmengine's own deprecated class.
    '"FileClient" will be deprecated in future',
    '"HardDiskBackend" is the alias of',
    # Metrics without a prefix are meant so: their keys are complete names.
    'The prefix is not set in metric class',
    # mmyolo has no registry of log processors; mmengine's own is the right one.
    'Failed to search registry with scope "mmyolo" in the "log_processor"',
    # Recipes whose learning rate is set by a hook have no scheduler to save or resume.
    '`save_param_scheduler` is True but `self.param_schedulers` is None',
    '`resume_param_scheduler` is True but `self.param_schedulers` is None',
)

# Ends of lines that mmengine logs.
KNOWN_LOG_ENDS: tuple[str, ...] = (
    # One line for each frozen weight when a recipe has paramwise_cfg; frozen is what it is to be.
    'is skipped since its requires_grad=False',
)

# Starts of what mmengine logs before a run: pages of versions, the whole config, the order of
# hooks. They stay in the log file, where a report of a problem needs them; on the screen they
# would push the lines that a user has to see out of sight.
LOG_FILE_ONLY: tuple[str, ...] = (
    '\n------------------------------------------------------------\nSystem environment:',
    'Config:\n',
    'Hooks will be executed in the following order:',
    'Distributed training is not used, all SyncBatchNorm',
    'Exp name: ',
)


def install() -> None:
    """Silence the entries of both lists and nothing else."""
    for category, message in KNOWN_WARNINGS:
        warnings.filterwarnings('ignore', message=message, category=category)
    from mmengine.logging import MMLogger  # after the filters: its import warns

    quiet_logger(MMLogger.get_current_instance())


def quiet_logger(logger: logging.Logger) -> None:
    """Drop the lines of ``KNOWN_LOG_LINES`` and ``KNOWN_LOG_ENDS`` from ``logger``, once."""
    if _is_news not in logger.filters:
        logger.addFilter(_is_news)


def _is_news(record: logging.LogRecord) -> bool:
    message = record.getMessage()
    return not (message.startswith(KNOWN_LOG_LINES) or message.endswith(KNOWN_LOG_ENDS))


def quiet_console(logger: logging.Logger) -> None:
    """Keep the lines of ``LOG_FILE_ONLY`` from the screen, if a log file gets them."""
    to_file = [item for item in logger.handlers if isinstance(item, logging.FileHandler)]
    for handler in logger.handlers if to_file else ():
        if handler not in to_file and _is_short not in handler.filters:
            handler.addFilter(_is_short)


def _is_short(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith(LOG_FILE_ONLY)
