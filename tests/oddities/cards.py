"""Odd readme.md cards of zoo models; @URL@ is for the server of the weights,
@SHA1@ for their digest. Usage: cards.py OUT TREE"""
from odd import Table, args, png

out, tree = args()
t = Table(out)
odd = t.odd
URL = 'caffemodel_url: @URL@w.caffemodel\n'
KEYS = 'name: Two\ncaffemodel: w.caffemodel\n' + URL + 'license: CC0\n'
SHA = 'sha1: @SHA1@\n'
CARD = '---\n' + KEYS + SHA + '---\n\nabout it\n'

# as people write them
odd('plain', 'ok', '', CARD)
odd('no-sha1', 'said', 'no sha1', '---\n' + KEYS + '---\n')
odd('no-rules', 'ok', '', KEYS + SHA)
odd('no-rules-text', 'ok', '', KEYS + SHA + '\nAbout: it has two layers\n')
odd('one-rule', 'ok', '', '---\n' + KEYS + SHA)
odd('long-rules', 'ok', '', CARD.replace('---', '-----'))
odd('rules-of-blanks', 'ok', '', CARD.replace('---\n', '---  \n'))
odd('heading-first', 'ok', '', '# Two\n\n' + KEYS + SHA + '\n## How\ntext\n')
odd('underlined-heading', 'ok', '', 'Two\n===\n\n' + KEYS + SHA)
odd('info-heading', 'ok', '', '## Information\n\n' + KEYS + SHA + '\n## License\n')
odd('sentence-first', 'ok', '', 'The model of the paper.\n\n' + KEYS + SHA)
odd('indented', 'ok', '', '---\n' + ''.join(
    '  ' + x + '\n' for x in (KEYS + SHA).splitlines()) + '---\n')
odd('blank-lines', 'ok', '', CARD.replace('\n', '\n\n'))
odd('comments', 'ok', '', '---\n# of the zoo\n' + KEYS + '# what it is\n' + SHA + '---\n')
odd('crlf', 'ok', '', CARD.replace('\n', '\r\n'))
odd('bom', 'ok', '', '\ufeff' + CARD)
odd('no-newline', 'ok', '', CARD.rstrip().removesuffix('about it').rstrip())
odd('quotes', 'ok', '', CARD.replace('@URL@w.caffemodel', '"@URL@w.caffemodel"'))
odd('single-quotes', 'ok', '', CARD.replace('@SHA1@', "'@SHA1@'"))
odd('angles', 'ok', '', CARD.replace('@URL@w.caffemodel', '<@URL@w.caffemodel>'))
odd('no-blank-after-colon', 'ok', '', CARD.replace(': @', ':@'))
odd('tabs', 'ok', '', CARD.replace(': ', ':\t'))
odd('capital-sha1', 'ok', '', CARD.replace('@SHA1@', '@SHA1-CAPITALS@'))
odd('capital-keys', 'ok', '', CARD.replace('sha1:', 'SHA1:')
    .replace('license:', 'License:'))
odd('no-caffemodel', 'ok', '', CARD.replace('caffemodel: w.caffemodel\n', ''))
odd('empty-values', 'ok', '', CARD.replace('license: CC0', 'license:'))
odd('unknown-keys', 'ok', '', CARD.replace('license', 'doi: 10.1/x\nlicense'))
odd('utf8', 'ok', '', CARD.replace('Two', 'Zwei Bäume'))
odd('html-comment', 'ok', '', '<!-- card -->\n' + CARD)

# without what is needed
odd('empty', 'bad', 'no weights', '')
odd('only-text', 'bad', 'no weights', 'A model.\n\nAsk me for the weights.\n')
odd('no-url', 'bad', 'no weights', CARD.replace(URL, ''))
odd('empty-url', 'bad', 'no weights', CARD.replace('@URL@w.caffemodel', ''))

# wrong
odd('sha1-short', 3, 'sha1', CARD.replace('@SHA1@', '1234'))
odd('sha1-words', 3, 'sha1', CARD.replace('@SHA1@', 'to be done'))
odd('sha1-other', 8, '', CARD.replace('@SHA1@', '0123456789' * 4))
odd('up', '8', '../w', CARD.replace('caffemodel: w', 'caffemodel: ../w'))
odd('absolute', '8', '/tmp/w', CARD.replace('caffemodel: w', 'caffemodel: /tmp/w'))
odd('gone', 4, '404', CARD.replace('w.caffemodel\nlicense', 'gone\nlicense'))
odd('page', 3, 'HTML page', CARD.replace('w.caffemodel\nlicense',
                                         'page\nlicense').replace(SHA, ''))
odd('other-net', 3, "another net's", CARD.replace(
    'w.caffemodel\nlicense', 'other\nlicense').replace(SHA, ''))
odd('gopher', 3, 'gopher', CARD.replace('@URL@', 'gopher://example.org/'))
odd('file-url', 3, 'file:', CARD.replace('@URL@', 'file:///etc/'))
odd('no-scheme', 3, 'www', CARD.replace('@URL@', 'www.example.org/'))
odd('utf16', 3, 'UTF-16', CARD.encode('utf-16'))
odd('is-page', 3, 'HTML page', '<!DOCTYPE html><html></html>')
odd('picture', 3, 'PNG picture', png())

t.close()
