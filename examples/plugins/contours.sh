#!/bin/sh
# Data: pictures, and masks of what a contour encloses: what DIGITS's Sunnybrook
# plug-in makes.
#
#	sh contours.sh IMAGES CONTOURS |
#	    dset-create -t stream --label-pictures mask --gray -o DSET -
#
# CONTOURS/NAME.txt holds lines "x y", the corners of a polygon, and IMAGES has
# NAME.pgm (or .png ...), which may have 16 bits.  The pixels whose middle the polygon
# encloses are class 1.  Of the Sunnybrook data, names are those of the contours
# without -icontour-manual, and pictures are made of its DICOM files before, by dcm2pnm
# of dcmtk for instance: dcm2pnm --write-16-bit-pnm IM-0001-0048.dcm IM-0001-0048.pgm
set -eu
LC_ALL=C
export LC_ALL
images=${1:?usage: contours.sh IMAGES CONTOURS}
contours=${2:?usage: contours.sh IMAGES CONTOURS}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

# size FILE: width and height of a PGM or a PNG, from its first bytes.
size() {
	case $1 in
	*.png)
		od -An -v -tu1 -j16 -N8 "$1" |
		    awk '{ print $3 * 256 + $4, $7 * 256 + $8 }'
		;;
	*) awk '{ sub(/#.*/, ""); for (i = 1; i <= NF; i++) if (++k == 2 || k == 3) v = v " " $i; if (k >= 3) { print v; exit } }' "$1" ;;
	esac
}

for contour in "$contours"/*.txt; do
	name=$(basename "$contour" .txt)
	name=${name%-icontour-manual}
	image=
	for ext in pgm png; do
		[ -e "$images/$name.$ext" ] && image=$images/$name.$ext
	done
	if [ -z "$image" ]; then
		echo "contours.sh: $contour: no picture in $images is called $name" >&2
		exit 1
	fi
	cp "$image" "$dir/$name.${image##*.}"
	size "$image" | awk '
	BEGIN { n = 0 }
	NR == 1 && FNR == NR { w = $1; h = $2; next }
	NF >= 2 { x[n] = $1; y[n++] = $2 }
	END {
		printf "P2\n%d %d\n255\n", w, h
		for (r = 0; r < h; r++) {
			# Where the row passes the edges, from left to right.
			m = 0
			for (i = 0; i < n; i++) {
				j = (i + 1) % n
				if ((y[i] <= r) == (y[j] <= r))
					continue
				at = x[i] + (r - y[i]) * (x[j] - x[i]) / (y[j] - y[i])
				for (k = m++; k > 0 && cut[k - 1] > at; k--)
					cut[k] = cut[k - 1]
				cut[k] = at
			}
			row = ""
			for (c = k = 0; c < w; c++) {
				while (k < m && cut[k] <= c)
					k++
				row = row " " k % 2
			}
			print row
		}
	}' - "$contour" >"$dir/$name.label.pgm"
done
tar -C "$dir" --sort=name -cf - .
