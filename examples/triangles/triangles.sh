#!/bin/sh
# Pictures of one triangle each, and masks that say where it is: triangles.sh DIR COUNT
# SIZE SEED makes DIR/images/N.pgm and DIR/masks/N.pgm (0: ground, 1: triangle).
set -eu
dir=$1
mkdir -p "$dir/images" "$dir/masks"
awk -v dir="$dir" -v count="$2" -v size="$3" -v seed="$4" '
# Which side of the line from a to b is the point on?
function side(x, y, ax, ay, bx, by) { return (bx - ax) * (y - ay) - (by - ay) * (x - ax) }

BEGIN {
	srand(seed)
	for (n = 0; n < count; n++) {
		do {
			for (i = 0; i < 3; i++) {
				px[i] = rand() * size
				py[i] = rand() * size
			}
			area = side(px[2], py[2], px[0], py[0], px[1], py[1])
			if (area < 0)
				area = -area
		} while (area < size * size / 8)
		ground = int(rand() * 160)
		light = ground + 40 + int(rand() * (216 - ground - 40))
		image = sprintf("%s/images/%05d.pgm", dir, n)
		mask = sprintf("%s/masks/%05d.pgm", dir, n)
		print "P2", size, size, 255 > image
		print "P2", size, size, 255 > mask
		for (y = 0.5; y < size; y++)
			for (x = 0.5; x < size; x++) {
				in_it = 0
				for (i = 0; i < 3; i++) {
					k = (i + 1) % 3
					in_it += side(x, y, px[i], py[i], px[k], py[k]) > 0 ? 1 : -1
				}
				in_it = in_it == 3 || in_it == -3
				print int((in_it ? light : ground) + rand() * 40) > image
				print in_it > mask
			}
		close(image)
		close(mask)
	}
}'
