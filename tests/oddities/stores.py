"""Odd stores, each a folder with a model m or something like it. Usage: stores.py
OUT TREE; the model is OUT/../m."""
import json
import os
import shutil

from odd import Table, args, png

out, tree = args()
t = Table(out)
model = os.path.join(os.path.dirname(out), 'm')
with open(os.path.join(model, 'info.json'), 'rb') as f:
    INFO = f.read()


def store(files, where='m', copy=True):
    """A function that makes the folder: the model at where, then the files."""
    def make(path):
        os.makedirs(path)
        if copy:
            shutil.copytree(model, os.path.join(path, where))
        for name, data in files.items():
            name = os.path.join(path, name)
            if data is None:
                os.remove(name)
                continue
            os.makedirs(os.path.dirname(name), exist_ok=True)
            with open(name, 'wb') as f:
                f.write(data if isinstance(data, bytes) else data.encode())
    return make


def odd(name, verdict, words, files, **more):
    t.odd(name, verdict, words, store(files, **more))


def master(children, **more):
    return {'master.json': json.dumps({'children': children, **more})}


def info(**more):
    d = json.loads(INFO)
    d.update(more)
    return {'m/info.json': json.dumps(d)}


# as people keep them
odd('plain', 'ok', '', {})
odd('master', 'ok', '', master(['m']))
odd('msg', 'ok', '', master(['m'], msg='welcome'))
odd('slash', 'ok', '', master(['m/']))
odd('dot-slash', 'ok', '', master(['./m']))
odd('many-slashes', 'ok', '', master(['.//m//']))
odd('below', 'ok', '', master(['a/b/m']), where='a/b/m')
odd('bom', 'ok', '', {'master.json': '\ufeff{"children": ["m"]}'})
odd('crlf', 'ok', '', {'master.json': '{\r\n"children": ["m"]\r\n}\r\n'})
odd('info-bom', 'ok', '', {'m/info.json': b'\xef\xbb\xbf' + INFO})
odd('unknown-keys', 'ok', '', master(['m'], version=3, more={'a': [1]}))
odd('other-files', 'ok', '', {'README': 'hello', '.git/HEAD': 'x',
                             'm/notes.txt': 'of the trainer'})
odd('aux', 'ok', '', {'m/aux.json': '{"license": "CC0"}'})
odd('aux-empty', 'ok', '', {'m/aux.json': '{}'})
odd('logo', 'ok', '', {'m/logo.png': png()})
odd('utf8', 'ok', '', info(name='Zahlen von 0 bis 2: für Bäume'))
odd('name-number', 'bad,pull=3', 'name', info(name=3))
odd('twice', 'bad,pull=ok', 'twice', master(['m', 'm']))
odd('child-gone', 'bad,pull=ok', 'gone', master(['m', 'gone']))
odd('child-up', 'bad,pull=ok', '../plain/m', master(['m', '../plain/m']))
odd('child-absolute', 'bad,pull=ok', '/etc', master(['m', '/etc']))
odd('child-number', 'bad,pull=ok', '', master(['m', 7]))
odd('child-empty', 'bad,pull=ok', '', master(['m', '']))

# master.json or info.json is not what it should be
odd('master-empty', '3', 'master.json', {'master.json': ''})
odd('master-list', '3', 'master.json', {'master.json': '["m"]'})
odd('master-cut', '3', 'master.json', {'master.json': '{"children": ["m"'})
odd('master-page', '3', 'master.json',
    {'master.json': '<!DOCTYPE html><html>404</html>'})
odd('no-children', '3', 'children', {'master.json': '{"msg": "x"}'})
odd('children-text', '3', 'children', {'master.json': '{"children": "m"}'})
odd('info-empty', 'bad,pull=3', 'info.json', {'m/info.json': ''})
odd('info-page', 'bad,pull=3', 'info.json', {'m/info.json': '<html>x</html>'})
odd('info-list', 'bad,pull=3', 'info.json', {'m/info.json': '[1]'})
odd('info-outside', 'bad,pull=8', '', info(**{'snapshot file': '../../../etc/passwd'}))

# files of the model
odd('no-labels', 'ok,pull=bad', 'labels.txt', {'m/labels.txt': None})
odd('no-weights', 'ok,pull=4', 'caffemodel', {'m/snapshot_iter_3.caffemodel': None})
odd('page-labels', 'ok,pull=bad', 'labels.txt',
    {'m/labels.txt': '<!DOCTYPE html><html>404</html>'})
odd('page-weights', 'ok,pull=bad', 'HTML page',
    {'m/snapshot_iter_3.caffemodel': '<!DOCTYPE html><html>404</html>'})
odd('lfs-weights', 'ok,pull=bad', 'Git LFS pointer', {
    'm/snapshot_iter_3.caffemodel': 'version https://git-lfs.github.com/spec/v1'
    '\noid sha256:%064d\nsize 9\n' % 1})
odd('empty-weights', 'ok,pull=bad', 'empty', {'m/snapshot_iter_3.caffemodel': ''})

# manifest.json
odd('manifest-empty', '3', 'manifest.json', {'manifest.json': ''})
odd('manifest-page', '3', 'manifest.json',
    {'manifest.json': '<html>404</html>'})
odd('manifest-other', '8', 'digest', {'manifest.json': json.dumps({
    'version': 1, 'block_size': 4194304, 'models': {'m': {'digest': '0' * 64, 'files': {
        'labels.txt': {'size': 6, 'sha256': '0' * 64}}}}})})

t.close()
