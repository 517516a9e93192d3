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

# nets of forks: built, or told by the one layer type that is missing
def layer(kind, more='', bottom='data'):
    return 'layer { name: "%s" type: "%s" bottom: "%s" top: "%s" %s }\n' % (
        kind.lower(), kind, bottom, kind.lower(), more)


def data_layer(kind, more):
    return 'layer { name: "data" type: "%s" top: "data" %s }\n' % (kind, more)


def conv1(more):
    return DATA + layer('Convolution',
                        'convolution_param { num_output: 4 %s }' % more)


def missing(name, kind, net):
    odd(name, '3,import=skip', 'there is no layer type "%s"' % kind, net)


V0 = ('input: "data"\ninput_dim: 1\ninput_dim: 1\ninput_dim: 28\n'
      'input_dim: 28\n')
missing('fork-mscnn', 'BoxOutput', DATA + layer(
    'BoxOutput', 'box_output_param { fg_thr: -5 nms_type: "IOU" field_h: 40 }') +
    layer('ROIPooling', 'bottom: "boxoutput" roi_pooling_param { pooled_w: 7 '
          'pooled_h: 7 pad_ratio: 0.25 ringpad: true }'))
missing('fork-mscnn-data', 'ImageGtData', data_layer(
    'ImageGtData', 'top: "gt" image_gt_data_param { source: "x" threads: 2 } '
    'transform_param { crop_size: 32 }') + layer('ReLU'))
missing('fork-yolo-data', 'BoxData', data_layer(
    'BoxData', 'top: "label" data_param { source: "x" side: 13 } '
    'box_data_param { box_label: true }') + layer('ReLU', 'coords: 4'))
missing('fork-nd', 'NdPooling', conv1('kernel_shape { dim: 3 dim: 3 }') + layer(
    'NdPooling', 'pooling_param { kernel_shape { dim: 2 } }', 'convolution'))
missing('fork-xnor', 'Binarization', conv1('kernel_size: 3 xnor: true') + layer(
    'Binarization', 'bin_param { threshold: 0.5 }', 'convolution'))
missing('fork-strided-kernel', 'ConvolutionSK', DATA + layer(
    'ConvolutionSK', 'convolution_param { num_output: 4 kernel_size: 3 kstride: 2 }'))
missing('fork-insanity', 'Insanity', conv1('kernel_size: 3 blob_filler { type: "x" }') +
        layer('Insanity', 'insanity_param { lb: 3 ub: 8 }', 'convolution'))
missing('fork-three-tops', 'CenterLossX', data_layer(
    'Data', 'top: "label" top: "w" data_param { source: "x" batch_size: 4 }') +
    layer('CenterLossX'))
missing('fork-enum', 'Maxout', DATA + layer(
    'Pooling', 'pooling_param { pool: SUM kernel_size: 3 }') + layer('Maxout'))
missing('fork-v1', 'TRANSFORMER', V0 + 'layers { name: "c" type: CONVOLUTION '
        'bottom: "data" top: "c" convolution_param { num_output: 4 odd: 2 } }\n'
        'layers { name: "t" type: TRANSFORMER bottom: "c" top: "t" }\n')
missing('fork-v0', 'maxout', V0 + 'layers { layer { name: "c" type: "conv" '
        'num_output: 4 kernelsize: 3 odd: 3 } bottom: "data" top: "c" }\n'
        'layers { layer { name: "t" type: "maxout" } bottom: "c" top: "t" }\n')
missing('fork-v0-known-fields', 'maxout', V0 + 'layers { layer { name: "t" '
        'type: "maxout" } bottom: "data" top: "t" }\n')
missing('fork-python', 'Python', DATA + layer(
    'Python', 'python_param { module: "rpn.odd" layer: "Odd" }'))
odd('fork-solver', 3, 'is a solver, not a net',
    'net_param { layer { name: "c" type: "C" } } base_lr: 0.1 odd: 3\n')
odd('fork-solver-train-net', 3, 'is a solver, not a net',
    'train_net: "a"\ntest_net: "b"\nodd_lr: 0.1\n')
odd('fork-quantize', 'ok,import=said', 'quantize is a field of', 'quantize: true\n' + NET)
odd('fork-compress', 'ok,import=said', "activations_compress is a field of ULQ's Caffe",
    NET.replace('bottom: "data"', 'activations_compress: "Clip" bottom: "data"'))
odd('fork-proportion', 'ok,import=said', 'gpu_0_batch_proportion', NET.replace(
    'bottom: "data"', 'gpu_0_batch_proportion: 0.25 bottom: "data"'))
odd('fork-sides', 'ok,import=skip', '', DATA + layer(
    'Pooling', 'pooling_param { kernel_size: 3 stride: 2 pad_r: 1 pad_b: 1 }') +
    IP.replace('bottom: "data"', 'bottom: "pooling"') + PROB)
odd('param-too-many', 'ok,import=said', 'param is given 3 times', NET.replace(
    'bottom: "data"', 'param { } param { } param { } bottom: "data"'))

t.close()
