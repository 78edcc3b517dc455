import logging
import sys
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


def test_long_lists_stay_in_the_log_file(tmp_path, capsys):
    logger = logging.getLogger('console-test')
    logger.propagate = False
    logger.setLevel('INFO')
    logger.addHandler(logging.StreamHandler(sys.stdout))
    quiet_warnings.quiet_console(logger)
    logger.info('Config:\nthere is no other place for it')
    logger.addHandler(logging.FileHandler(tmp_path / 'log'))
    quiet_warnings.quiet_console(logger)
    logger.info('Config:\nmodel = dict()')
    logger.info('Epoch(train) 1')
    for handler in logger.handlers:
        handler.close()
    assert capsys.readouterr().out == ('Config:\nthere is no other place for it\nEpoch(train) 1\n')
    assert (tmp_path / 'log').read_text() == 'Config:\nmodel = dict()\nEpoch(train) 1\n'
