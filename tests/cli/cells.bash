# For tests of model-infer in a folder that has a model m.

# picture FILE X,Y,R,G,B...: 32 x 48, black but for cells of 8 x 12 at X,Y.
picture() {
	python3 - "$@" <<-'E'
	import sys
	px = bytearray(32 * 48 * 3)
	for word in sys.argv[2:]:
	    x0, y0, *c = (int(v) for v in word.split(','))
	    for y in range(y0, y0 + 12):
	        for x in range(x0, x0 + 8):
	            px[(y * 32 + x) * 3:(y * 32 + x) * 3 + 3] = bytes(c)
	open(sys.argv[1], 'wb').write(b'P6 32 48 255\n' + px)
	E
}

infer() {
	run model-infer --device cpu -m m "$@"
	echo "$status: $output"
}
