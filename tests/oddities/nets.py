"""Odd nets. Usage: nets.py OUT TREE

verdict,train=V,import=V: what else comes of it in training and at an import."""
import gzip

from odd import Table, args, png

out, tree = args()
t = Table(out)
odd = t.odd

DATA = '''name: "net"
layer { name: "data" type: "Input" top: "data" include { stage: "deploy" }
  input_param { shape { dim: 1 dim: 1 dim: 28 dim: 28 } } }
'''
IP = '''layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
  inner_product_param { num_output: 3 } }
'''
PROB = '''layer { name: "prob" type: "Softmax" bottom: "ip" top: "prob"
  include { stage: "deploy" } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label"
  top: "loss" exclude { stage: "deploy" } }
'''
NET = DATA + IP + PROB


def data(shape='dim: 1 dim: 1 dim: 28 dim: 28'):
    return DATA.replace('dim: 1 dim: 1 dim: 28 dim: 28', shape)


def conv(more):
    return DATA + '''layer { name: "c" type: "Convolution" bottom: "data"
  top: "c" convolution_param { %s } }
''' % more


# as editors and people leave them
odd('plain', 'ok', '', NET)
odd('bom', 'ok', '', '\ufeff' + NET)
odd('crlf', 'ok', '', NET.replace('\n', '\r\n'))
odd('cr', 'ok', '', NET.replace('\n', '\r'))
odd('no-newline', 'ok', '', NET.rstrip())
odd('one-line', 'ok', '', NET.replace('\n', ' '))
odd('tabs', 'ok', '', NET.replace(' ', '\t'))
odd('comments', 'ok', '', '# a net\n' + NET.replace('\n', ' # so\n'))
odd('form-feed', 'ok', '', NET.replace('layer {', '\flayer {'))
odd('commas', 'ok', '', NET.replace(' dim: 28 }', ' dim: 28, }'))
odd('semicolons', 'ok', '', NET.replace('dim: 1 dim', 'dim: 1; dim'))
odd('colon-brace', 'ok', '', NET.replace('layer {', 'layer: {'))
odd('angles', 'ok', '', NET.replace('shape { dim: 1 dim: 1 dim: 28 dim: 28 }',
                                    'shape < dim: 1 dim: 1 dim: 28 dim: 28 >'))
odd('list', 'ok', '', NET.replace('dim: 1 dim: 1 dim: 28 dim: 28',
                                  'dim: [1, 1, 28, 28]'))
odd('single-quotes', 'ok', '', NET.replace('"', "'"))
odd('joined-strings', 'ok', '', NET.replace('"net"', '"n" \'e\' "t"'))
odd('octal', 'ok', '', NET.replace('num_output: 3', 'num_output: 03'))
odd('hex', 'ok', '', NET.replace('num_output: 3', 'num_output: 0x3'))
odd('utf8-name', 'ok', '', NET.replace('"net"', '"Netz für Bäume"'))
odd('latin1-comment', 'ok', '', '# f\xfcr\n'.encode('latin-1') + NET.encode())
odd('legacy-input', 'ok', '', 'input: "data"\ninput_dim: 1\ninput_dim: 1\n'
    'input_dim: 28\ninput_dim: 28\n' + IP + PROB)
odd('legacy-shape', 'ok', '',
    'input: "data"\ninput_shape { dim: 1 dim: 1 dim: 28 dim: 28 }\n' + IP + PROB)
odd('legacy-layers', 'ok,train=skip', '', 'input: "data"\ninput_dim: 1\ninput_dim: 1\n'
    'input_dim: 28\ninput_dim: 28\nlayers { name: "ip" type: INNER_PRODUCT\n'
    ' bottom: "data" top: "ip" blobs_lr: 1 blobs_lr: 2 weight_decay: 1\n'
    ' weight_decay: 0 inner_product_param { num_output: 3 } }\n'
    'layers { name: "prob" type: SOFTMAX bottom: "ip" top: "prob" }\n')
odd('names-with-slashes', 'ok,import=skip', '', NET.replace('"ip"', '"block1/ip:0"'))
odd('same-layer-name', 'ok', '', NET.replace('name: "prob"', 'name: "ip"'))

# other files in its place
odd('empty', 3, 'holds no layers', '')
odd('blank', 3, 'holds no layers', '\n\n  \n')
odd('only-comment', 3, 'holds no layers', '# deploy.prototxt\n')
odd('only-name', 3, 'holds no layers', 'name: "net"\n')
odd('solver', 3, 'is a solver, not a net', 'net: "train_val.prototxt"\n'
    'base_lr: 0.01\nmax_iter: 100\n')
odd('page', 3, 'is an HTML page',
    '<!DOCTYPE html><html><head><title>x</title></head></html>')
odd('lfs', 3, 'is a Git LFS pointer',
    'version https://git-lfs.github.com/spec/v1\noid sha256:%064d\n' % 1)
odd('utf16', 3, 'is UTF-16 text', NET.encode('utf-16'))
odd('utf16-be', 3, 'is UTF-16 text', b'\xfe\xff' + NET.encode('utf-16-be'))
odd('gzip', 3, 'is a gzip archive', gzip.compress(NET.encode()))
odd('picture', 3, 'is a PNG picture', png())
odd('json', 3, '', '{"layers": []}')
odd('yaml', 3, '', 'model:\n  - conv: 3\n')
odd('python', 3, '', 'import torch\nnet = torch.nn.Linear(3, 4)\n')
odd('binary', 3, '', bytes(range(256)) * 4)
odd('nul', 3, '', NET.replace('"ip"', '"i\0p"'))

# slips of the pen: named with line and layer
odd('cut', 3, ':5:22: ', NET[:len(NET) // 2])
odd('no-brace', 3, ':4:1: ', NET.replace(' } }', ' }', 1))
odd('brace-too-many', 3, ':10:1: ', NET + '}\n')
odd('no-quote', 3, ':4:', NET.replace('"ip"', '"ip', 1))
odd('unknown-field', 3, 'num_outputs', NET.replace('num_output', 'num_outputs'))
odd('unknown-enum', 3, 'SUM', DATA + 'layer { name: "p" type: "Pooling" '
    'bottom: "data" top: "p" pooling_param { pool: SUM kernel_size: 2 } }\n')
odd('unknown-type', '3,import=skip', 'Convolutional', conv('num_output: 2 kernel_size: 3')
    .replace('"Convolution"', '"Convolutional"'))
odd('no-type', 3, 'type', NET.replace('type: "InnerProduct" ', ''))
odd('lower-type', '3,import=said', 'InnerProduct', NET.replace('InnerProduct', 'innerproduct'))
odd('no-bottom', 3, 'ip', NET.replace('bottom: "data" ', ''))
odd('unknown-bottom', 3, 'dta', NET.replace('bottom: "data"', 'bottom: "dta"'))
odd('cycle', 3, 'prob', NET.replace('bottom: "data"', 'bottom: "prob"'))
odd('same-top', 3, 'ip', NET.replace('top: "prob"', 'top: "ip"')
    .replace('bottom: "ip"', 'bottom: "data"'))
odd('no-num-output', '3,train=ok,import=ok', 'num_output', NET.replace('num_output: 3', ''))
odd('num-output-0', 3, 'num_output', NET.replace('num_output: 3', 'num_output: 0'))
odd('num-output-negative', 3, ':5:37: layer.inner_product_param: num_output', NET.replace('num_output: 3', 'num_output: -3'))
odd('num-output-huge', 3, '', NET.replace('num_output: 3',
                                          'num_output: 4000000000'))
odd('num-output-word', 3, 'three', NET.replace('num_output: 3',
                                               'num_output: three'))
odd('num-output-float', 3, '3.5', NET.replace('num_output: 3', 'num_output: 3.5'))
odd('twice', 3, 'num_output appears twice', NET.replace('num_output: 3', 'num_output: 3 num_output: 4'))
odd('kernel-0', 3, 'kernel', conv('num_output: 2 kernel_size: 0'))
odd('no-kernel', 3, 'kernel', conv('num_output: 2'))
odd('kernel-large', 3, 'c', conv('num_output: 2 kernel_size: 99'))
odd('stride-0', 3, 'stride', conv('num_output: 2 kernel_size: 3 stride: 0'))
odd('group', 3, 'group', conv('num_output: 3 kernel_size: 3 group: 2'))
odd('group-0', 3, 'group', conv('num_output: 3 kernel_size: 3 group: 0'))
odd('kernel-and-h', 3, 'kernel', conv('num_output: 2 kernel_size: 3 kernel_h: 3'))
odd('shape-0', '3,train=ok,import=skip', '0', data('dim: 1 dim: 0 dim: 28 dim: 28') + IP + PROB)
odd('shape-negative', '3,train=ok', '-28', data('dim: 1 dim: 1 dim: -28 dim: 28') + IP + PROB)
odd('shape-huge', '3,train=ok', 'large', data('dim: 1 dim: 999999 dim: 999999 dim: 999999') + IP + PROB)
odd('shape-missing', '3,train=ok,import=skip', 'no shape', NET.replace(
    'input_param { shape { dim: 1 dim: 1 dim: 28 dim: 28 } }', ''))
odd('deep', 3, '', 'layer ' + '{ param ' * 2000)
odd('long-string', 'ok', '', NET.replace('"net"', '"' + 'n' * 100000 + '"'))

t.close()
