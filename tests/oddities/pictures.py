"""Odd pictures. Usage: pictures.py OUT TREE"""
import os
import struct
import zlib

from odd import PNG_MAGIC, Table, args, chunk, png

out, tree = args()
t = Table(out)
odd = t.odd
golden = os.path.join(tree, 'tests/golden/image')


def read(name):
    with open(os.path.join(golden, name), 'rb') as f:
        return f.read()


jpeg = read('jpeg-grey.jpg')
progressive = read('jpeg-progressive.jpg')
plain = png()

# by another name, or none: told by content
odd('PLAIN', 'ok', '', plain)
odd('photo.jpg', 'ok', '', plain)
odd('photo.PNG', 'ok', '', jpeg)
odd('scan.jfif', 'ok', '', jpeg)
odd('scan.JPE', 'ok', '', jpeg)
odd('scan.JPEG', 'ok', '', progressive)
odd('scan.dat', 'ok', '', progressive)
odd('photo.tif', 'ok', '', read('webp-lossy.webp'))
odd('photo.bmp', 'ok', '', read('gif-palette.gif'))
odd('photo.gif', 'ok', '', read('bmp-rle8.bmp'))
odd('photo.webp', 'ok', '', read('tiff-g4.tif'))
odd('photo.ppm', 'ok', '', read('pnm-plain-one.pbm'))
odd('photo.png', 'ok', '', read('psd-grey.psd'))

# names
odd('a b.png', 'ok', '', plain)
odd('ümläut ☃.png', 'ok', '', plain)
odd('-o.png', 'ok', '', plain)
odd("it's.png", 'ok', '', plain)
odd('say "cheese".png', 'ok', '', plain)
odd('$(reboot).png', 'ok', '', plain)
odd('back\\slash.png', 'ok', '', plain)
odd('100%d%s.png', 'ok', '', plain)
odd('x' * 200 + '.png', 'ok', '', plain)

# sizes
odd('one-pixel.png', 'ok', '', png(1, 1))
odd('one-row.png', 'ok', '', png(300, 1))
odd('one-column.png', 'ok', '', png(1, 300))
odd('wide-9000.png', 'ok', '', png(9000, 2, 0))

# legal, and seldom seen
odd('depth-1.png', 'ok', '', png(colour=0, depth=1))
odd('depth-2.png', 'ok', '', png(colour=0, depth=2))
odd('depth-4.png', 'ok', '', png(colour=0, depth=4))
odd('depth-16.png', 'ok', '', png(colour=2, depth=16))
odd('alpha.png', 'ok', '', png(colour=6))
odd('grey-alpha-16.png', 'ok', '', png(colour=4, depth=16))
odd('transparent-colour.png', 'ok', '',
    png(colour=2, before=chunk(b'tRNS', struct.pack('>HHH', 7, 20, 33))))
odd('palette-1.png', 'ok', '', png(
    colour=3, depth=1, before=chunk(b'PLTE', b'\xff\0\0\0\xff\0')))
odd('private-chunk.png', 'ok', '', png(before=chunk(b'prVt', b'mine')))
odd('many-texts.png', 'ok', '',
    png(before=chunk(b'tEXt', b'Comment\0hello') * 500))
odd('after-the-end.png', 'ok', '', plain + b'appended by a camera')
odd('after-the-end.jpg', 'ok', '', jpeg + b'\0' * 5000)
odd('two-pictures.jpg', 'ok', '', jpeg + jpeg)
odd('comment.jpg', 'ok', '',
    jpeg[:2] + b'\xff\xfe' + struct.pack('>H', 60002) + b'c' * 60000 + jpeg[2:])
odd('fill-bytes.jpg', 'ok', '', jpeg[:2] + b'\xff' * 40 + jpeg[2:])
odd('cmyk.jpg', 'ok', '', read('jpeg-cmyk.jpg'))
odd('exif-cut.jpg', 'ok', '',
    jpeg[:2] + b'\xff\xe1' + struct.pack('>H', 12) + b'Exif\0\0II*\0' +
    jpeg[2:])
odd('exif-loop.jpg', 'ok', '',
    jpeg[:2] + b'\xff\xe1' + struct.pack('>H', 2 + 6 + 8 + 6) + b'Exif\0\0' +
    b'II*\0' + struct.pack('<IHI', 8, 0, 8) + jpeg[2:])

# their ends: what is all there is taken
odd('no-end-marker.jpg', 'said', 'end', jpeg[:-2])
odd('no-end-marker-progressive.jpg', 'said', 'end', progressive[:-2])
odd('no-IEND.png', 'bad', 'cut short', plain[:-12])
odd('cut-5.jpg', 'bad', 'cut short', jpeg[:len(jpeg) - len(jpeg) // 4])
odd('cut-5-progressive.jpg', 'bad', 'cut short',
    progressive[:len(progressive) // 2])
odd('cut.png', 'bad', 'cut short', plain[:len(plain) // 2])
for f in ('gif-palette.gif', 'bmp-rgb.bmp', 'pnm-raw-rgb.ppm', 'tiff-rgb.tif',
          'webp-lossy.webp', 'tga-rgb.tga', 'psd-rgb.psd', 'hdr-flat.hdr'):
    data = read(f if f != 'pnm-raw-rgb.ppm' else 'pnm-raw-rgb.pnm')
    odd('cut-' + f, 'bad', '', data[:len(data) * 2 // 3])

# empty, and what is something else
odd('empty.png', 'bad', 'empty', b'')
odd('empty.jpg', 'bad', 'empty', b'')
odd('zeros.jpg', 'bad', '', b'\0' * 4096)
odd('page.jpg', 'bad', 'HTML page',
    b'<!DOCTYPE html>\n<html><title>404</title></html>')
odd('page-late.png', 'bad', 'HTML page', b'\n\n  <html>\n<body>x</body></html>')
odd('lfs.png', 'bad', 'Git LFS pointer',
    b'version https://git-lfs.github.com/spec/v1\n'
    b'oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2'
    b'393\nsize 12345\n')
odd('text.jpg', 'bad', '', b'just a note\n')
odd('json.png', 'bad', '', b'{"error": "not found"}')
odd('svg.png', 'bad', 'SVG', b'<svg xmlns="http://www.w3.org/2000/svg"/>')
odd('pdf.png', 'bad', 'PDF', b'%PDF-1.4\n%\xe2\xe3\xcf\xd3\n')
odd('zip.png', 'bad', '', b'PK\3\4' + b'\0' * 60)
odd('heic.jpg', 'bad', 'HEIF',
    b'\0\0\0\x18ftypheic\0\0\0\0mif1heic' + b'\0' * 64)
odd('avif.jpg', 'bad', 'AVIF',
    b'\0\0\0\x18ftypavif\0\0\0\0mif1avif' + b'\0' * 64)
odd('jp2.jpg', 'bad', 'JPEG 2000',
    b'\0\0\0\x0cjP  \r\n\x87\n' + b'\0' * 64)
odd('icon.png', 'bad', 'icon',
    b'\0\0\1\0\1\0\x10\x10\0\0\1\0\x20\0' + b'\0' * 40)
odd('appledouble.jpg', 'bad', '', b'\0\5\x16\7\0\2\0\0Mac OS X' + b'\0' * 60)
odd('video.jpg', 'bad', '',
    b'\0\0\0\x18ftypisom\0\0\2\0isomiso2' + b'\0' * 64)

# kinds that are not decoded
sof = b'\0\x0b\x08\0\x08\0\x08\1\1\x21\0\xff\xda\0\x08\1\1\0\1\0\0\xff\xd9'
odd('lossless.jpg', 'bad', 'lossless JPEG', b'\xff\xd8\xff\xc3' + sof)
odd('hierarchical.jpg', 'bad', '', b'\xff\xd8\xff\xc5' + sof)
odd('12-bit.jpg', 'bad', '12', b'\xff\xd8\xff\xc1' + sof[:2] + b'\x0c' + sof[3:])


def tiff(tags):
    body = b''.join(struct.pack('<HHII', *x) for x in tags)
    return (b'II*\0' + struct.pack('<IH', 8, len(tags)) + body + b'\0' * 4 +
            b'\0' * 4096)


base = [(256, 3, 1, 4), (257, 3, 1, 4), (258, 3, 1, 32), (259, 3, 1, 1),
        (262, 3, 1, 1), (273, 4, 1, 200), (277, 3, 1, 1), (278, 3, 1, 4),
        (279, 4, 1, 64)]
odd('float.tif', 'bad', 'float', tiff(base + [(339, 3, 1, 3)]))
odd('32-bit.tif', 'bad', '32', tiff(base))
odd('signed.tif', 'bad', 'signed',
    tiff([x if x[0] != 258 else (258, 3, 1, 16) for x in base] +
         [(339, 3, 1, 2)]))
odd('no-size.tif', 'bad', '', tiff(base[2:]))

# lies
huge = struct.pack('>IIBBBBB', 60000, 60000, 8, 2, 0, 0, 0)
odd('huge.png', 'bad', 'pixels', PNG_MAGIC + chunk(b'IHDR', huge) +
    chunk(b'IDAT', zlib.compress(b'')) + chunk(b'IEND', b''))
odd('wide.png', 'bad', '', PNG_MAGIC + chunk(
    b'IHDR', struct.pack('>IIBBBBB', 2**31 - 1, 1, 8, 0, 0, 0, 0)) +
    chunk(b'IEND', b''))
odd('no-pixels.png', 'bad', '', PNG_MAGIC + chunk(
    b'IHDR', struct.pack('>IIBBBBB', 0, 4, 8, 0, 0, 0, 0)) + chunk(b'IEND', b''))
odd('no-rows.png', 'bad', 'Not enough image data', png(h=64)[:33] +
    chunk(b'IDAT', zlib.compress(b'\0' * 100)) + chunk(b'IEND', b''))
odd('crc.png', 'bad', '', plain[:29] + b'....' + plain[33:])
odd('huge.ppm', 'bad', '', b'P6 99999 99999 255\n' + b'x' * 300)
odd('negative.ppm', 'bad', '', b'P6 -4 4 255\n' + b'x' * 48)
odd('max-0.pgm', 'bad', '', b'P5 4 4 0\n' + b'x' * 16)
odd('short.ppm', 'bad', 'cut short', b'P6 8 8 255\n' + b'x' * 100)
odd('comment.pgm', 'ok', '', b'P5\n# made by a scanner\n4 4\n# max\n255\n' + b'x' * 16)
odd('crlf.ppm', 'ok', '', b'P6\r\n4 4\r\n255\n' + b'x' * 48)
odd('huge.gif', 'bad', '', b'GIF89a\xff\xff\xff\xff\0\0\0;')
odd('no-frame.gif', 'bad', '', b'GIF89a\4\0\4\0\0\0\0;')
odd('huge.bmp', 'bad', '', b'BM' + struct.pack('<IIIIiiHHIIiiII', 54, 0, 54, 40,
    1 << 20, 1 << 20, 1, 24, 0, 0, 0, 0, 0, 0))
odd('palette-missing.png', 'bad', '', png(colour=3))
odd('palette-short.png', 'ok', '', png(
    colour=3, before=chunk(b'PLTE', b'\xff\0\0')))

t.close()
