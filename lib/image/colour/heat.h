/*
 * Colours for numbers: a share of 0 to 1 as a colour of a map.
 *
 * "heat" runs from a dark blue over purple and orange to a pale yellow; its lightness
 * (CIE L*) rises evenly with the share, so that it is read alike by those who tell
 * red and green badly, and in print without colours.  "jet" is DIGITS's, whose
 * tables run blue, cyan, yellow, red; "gray" runs from black to white.
 */
#ifndef IMAGE_COLOUR_HEAT_H
#define IMAGE_COLOUR_HEAT_H

#include <stdint.h>

enum heat_map { HEAT_HEAT, HEAT_JET, HEAT_GRAY };
#define HEAT_MAPS "heat|jet|gray" /* of options, in that order */

/* 0xRRGGBB; what is below 0 or no number is as 0, what is above 1 as 1. */
uint32_t heat_colour(enum heat_map map, double share);

#endif
