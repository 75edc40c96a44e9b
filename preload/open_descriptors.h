/* The descriptors that this process has open, whoever opened them. */
#ifndef PRELOAD_OPEN_DESCRIPTORS_H
#define PRELOAD_OPEN_DESCRIPTORS_H

/* Calls visit for each; visit may open and close others. Without /proc the first thousand numbers are tried. */
void open_descriptors(void (*visit)(int fd, void *context), void *context);

#endif
