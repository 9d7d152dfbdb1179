/* Shared by main.c and other.c. */
#ifndef UNITS_H
#define UNITS_H

struct item { int count; const char *name; };
extern struct item shared[3];
int this_side(int x, struct item *it);
int other_side(int x, struct item *it);
struct item make_item(int count, const char *name);

#endif
