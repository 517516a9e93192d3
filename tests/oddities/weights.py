"""Odd weights for the net of weights.bats (ip1: 3x16 and 3, ip2: 2x3 and 2).
Usage: weights.py OUT TREE"""
import gzip
import io
import struct
import zipfile

from odd import Table, args, caffemodel, png

out, tree = args()
t = Table(out)
odd = t.odd
field, varint = caffemodel.field, caffemodel.varint
FITS = ['ip1:3x16,3', 'ip2:2x3,2']



def model(*layers):
    return caffemodel.model('two', layers)


fits = model(*FITS)

# they fit
odd('plain.caffemodel', 'ok', '', fits)
odd('another.name', 'ok', '', fits)
odd('more.caffemodel', 'ok', '', model(*FITS, 'ip3:5x5,5'))
odd('order.caffemodel', 'ok', '', model(*reversed(FITS)))
odd('1x1x3x16.caffemodel', 'ok', '', model('ip1:1x1x3x16,1x1x1x3', FITS[1]))
odd('no-net-name.caffemodel', 'ok', '', fits[5:])
odd('unknown-field.caffemodel', 'ok', '', fits + field(5000, b'of a fork'))
odd('no-values-elsewhere.caffemodel', 'ok', '', model(*FITS, 'relu:'))

# they do not
odd('other-net.caffemodel', 3, "is another net's", model('a:3x16,3', 'b:2x3,2'))
odd('other-shape.caffemodel', 3, '"ip2"', model(FITS[0], 'ip2:2x4,2'))
odd('other-classes.caffemodel', '3,train=ok', '"ip2"', model(FITS[0], 'ip2:5x3,5'))
odd('transposed.caffemodel', '3,train=ok', '"ip2"', model(FITS[0], 'ip2:3x2,2'))
odd('no-bias.caffemodel', 3, 'bias is missing', model(FITS[0], 'ip2:2x3'))
odd('extra-blob.caffemodel', 3, '"ip2"', model(FITS[0], 'ip2:2x3,2,2'))
odd('no-ip2.caffemodel', '3,train=ok', 'ip2', model(FITS[0]))
odd('no-values.caffemodel', 3, 'holds no weights', model('ip1:', 'ip2:'))
odd('nan.caffemodel', 3, '"ip1"', model('ip1:3x16,3=nan', FITS[1]))
odd('inf.caffemodel', 3, '"ip1"', model('ip1:3x16,3=inf', FITS[1]))
odd('shape-lies.caffemodel', 3, '"ip1"', fits.replace(
    field(1, bytes([3, 16])), field(1, bytes([3, 17]))))
odd('shape-huge.caffemodel', 3, '', fits.replace(
    field(1, bytes([3, 16])), field(1, varint(1 << 40) + varint(1 << 40))))

# files that are something else, or not whole
odd('empty.caffemodel', 3, 'is empty', b'')
odd('zeros.caffemodel', 3, '', b'\0' * 1000)
odd('page.caffemodel', 3, 'is an HTML page', b'<html><body>404</body></html>')
odd('lfs.caffemodel', 3, 'is a Git LFS pointer',
    b'version https://git-lfs.github.com/spec/v1\noid sha256:%064d\n' % 1)
odd('half.caffemodel', 3, 'cut short', fits[:len(fits) // 2])
odd('one-byte-less.caffemodel', 3, 'cut short', fits[:-1])
odd('gzip.caffemodel', 3, 'is a gzip archive', gzip.compress(fits))
odd('picture.caffemodel', 3, 'is a PNG picture', png())
odd('net.caffemodel', 3, '', b'name: "two"\nlayer { name: "ip1" }\n')
odd('npy.caffemodel', 3, 'is a NumPy array', b'\x93NUMPY\1\0' + b' ' * 100)
odd('pickle.caffemodel', 3, '', b'\x80\2}q\0.' + b'x' * 40)
b = io.BytesIO()
with zipfile.ZipFile(b, 'w') as z:
    z.writestr('archive/data.pkl', b'\x80\2}q\0.')
odd('torch.caffemodel', 3, '', b.getvalue())
odd('hdf5-head.caffemodel.h5', 3, '', b'\x89HDF\r\n\x1a\n' + b'\0' * 200)
odd('safetensors.caffemodel', 3, '', struct.pack('<Q', 2) + b'{}')
odd('nested.caffemodel', 3, '', field(100, field(100, field(100, b'\x08'))))
odd('long-varint.caffemodel', 3, '', b'\xff' * 20)
odd('length-lies.caffemodel', 3, 'cut short',
    varint(100 << 3 | 2) + varint(1 << 40) + b'x')

t.close()
