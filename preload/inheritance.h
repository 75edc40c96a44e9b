/* What a new image inherits of the flows: relayed sockets that stay open over exec are usable there.
 *
 * A sealed memfd lists the flows by the cookies of their sockets: a child finds the list among its descriptors, and its
 * flows under whatever numbers it was given them. Control connections go along as copies of their own, so that nothing
 * has to be taken back of those in use here. A list that came along by chance (another thread executed meanwhile) does
 * no harm: what it is not given the sockets of a child closes. In a child of vfork all of this touches descriptors
 * only, which are the child's own. */
#ifndef PRELOAD_INHERITANCE_H
#define PRELOAD_INHERITANCE_H

enum { HEIRS_MAX = 128 }; /* flows that are handed over at most; the others begin anew */

struct inheritance {
	int list;       /* the memfd; -1: there is nothing to inherit */
	unsigned count; /* of the copies */
	int copies[HEIRS_MAX];
	int (*copy)(int fd);
};

enum {
	INHERITANCE_ALL = 1, /* of sockets that are close-on-exec here too: a child may be given copies that are not */
	INHERITANCE_LOW = 2, /* by numbers below the soft limit, around which file actions can close */
};

/* Before exec. What there is no room for stays behind. Leaves errno alone. */
void inheritance_prepare(struct inheritance *inheritance, unsigned way);

/* After an exec that failed, or one in a child. Leaves errno alone. */
void inheritance_close(struct inheritance *inheritance);

/* At the start: adopts what is listed. UDP sockets of a parent without the library are covered too: one that is
 * connected can be sent from without a name, by which it would be found. */
void inheritance_take(void);

#endif
