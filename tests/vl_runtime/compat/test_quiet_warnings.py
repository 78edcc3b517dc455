import logging
import warnings

from vl_runtime.compat import quiet_warnings


def test_known_noise_is_dropped_and_news_is_kept():
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter('always')
        quiet_warnings.install()
        warnings.warn('pkg_resources is deprecated as an API. See ...', UserWarning, stacklevel=1)
        warnings.warn('torch.meshgrid: in an upcoming release, ...', UserWarning, stacklevel=1)
        warnings.warn('your boxes are empty', UserWarning, stacklevel=1)
    assert [str(item.message) for item in shown] == ['your boxes are empty']


def test_known_log_lines_are_dropped(caplog):
    logger = logging.getLogger('quiet-test')
    quiet_warnings.quiet_logger(logger)
    quiet_warnings.quiet_logger(logger)
    assert len(logger.filters) == 1
    logger.warning('"FileClient" will be deprecated in future. Please ...')
    logger.warning('no annotation is left')
    assert caplog.messages == ['no annotation is left']
