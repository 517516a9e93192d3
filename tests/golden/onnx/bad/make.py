"""Models that are to be refused: python make.py, with the package onnx."""
import os

import onnx
from onnx import TensorProto as T, helper as h

here = os.path.dirname(os.path.abspath(__file__))


def info(name, shape=(1, 2)):
    return h.make_tensor_value_info(name, T.FLOAT, shape)


def save(name, nodes, inits=(), inputs=('x',), outputs=('y',), **more):
    graph = h.make_graph(nodes, name, [info(i) for i in inputs],
                         [info(o, None) for o in outputs], list(inits))
    model = h.make_model(graph, opset_imports=[h.make_opsetid('', 17)], **more)
    model.ir_version = 8
    with open(os.path.join(here, name + '.onnx'), 'wb') as f:
        f.write(model.SerializeToString())


def outside(name, place, offset=None):
    """y = x + w, w's numbers elsewhere."""
    w = T(name='w', data_type=T.FLOAT, dims=[2], data_location=T.EXTERNAL)
    w.external_data.add(key='location', value=place)
    if offset is not None:
        w.external_data.add(key='offset', value=offset)
    save(name, [h.make_node('Add', ['x', 'w'], ['y'])], [w])


node = h.make_node
outside('above', '../secret.bin')
outside('absolute', '/etc/passwd')
outside('link', 'link.bin')
outside('short', 'short.bin', '4')
save('cycle', [node('Add', ['x', 'b'], ['a'], name='first'),
               node('Relu', ['a'], ['b'], name='second'),
               node('Relu', ['b'], ['y'], name='last')])
save('dangling', [node('Add', ['x', 'nowhere'], ['y'], name='sum')])
save('twice', [node('Relu', ['x'], ['y']), node('Abs', ['x'], ['y'])])
save('unknown', [node('Frobnicate', ['x'], ['y'], name='odd')])
save('foreign', [node('Frobnicate', ['x'], ['y'], name='odd',
                      domain='com.example')])
save('bomb', [node('ConstantOfShape', ['s'], ['c'], name='much'),
              node('ReduceSum', ['c'], ['d'], keepdims=0),
              node('Add', ['x', 'd'], ['y'])],
     [h.make_tensor('s', T.INT64, [3], [100000, 100000, 100000])])
branch = h.make_graph([node('Relu', ['x'], ['t'])], 'b', [],
                      [info('t', None)])
save('choice', [node('ReduceSum', ['x'], ['s'], keepdims=0),
                node('Cast', ['s'], ['c'], to=T.BOOL),
                node('If', ['c'], ['y'], name='which', then_branch=branch,
                     else_branch=branch)])
save('text', [node('Relu', ['x'], ['y'])],
     [h.make_tensor('w', T.STRING, [1], [b'a'])], outputs=('w',))
