/* The process ends, and with it its associations, and with these what their servers have not read yet: where something
 * has just been sent they are given a moment for it. What waits for an association that is being made is waited for,
 * as long as a server usually takes. */
#ifndef PRELOAD_FAREWELL_H
#define PRELOAD_FAREWELL_H

/* This image ends, and its thread; what stays open of its sockets goes on without it. */
void farewell(void);

#endif
