/* The search list of resolv.conf(5) at any length, which glibc keeps beside struct __res_state, where there is room for
 * six domains of 256 octets together: in a context that each of its calls takes for its length.
 *
 * glibc finds the list only for a state whose nameservers are the file's, so the context has to be taken before they
 * are changed; the thread's own then serves every call within. Its functions are glibc's private ones: where they are
 * not to be found, what is in the state has to do. */
#ifndef PRELOAD_GLIBC_RESOLVER_CONTEXT_H
#define PRELOAD_GLIBC_RESOLVER_CONTEXT_H

struct resolv_context;
struct __res_state;

/* The thread's own, with its state initialised and up to date; NULL: there is none. */
struct resolv_context *resolver_context_own(void);

/* That of a state of the program's; nothing but resolver_context_search may be called before it is put back. */
struct resolv_context *resolver_context_of(struct __res_state *state);

/* In the reverse of the order that they were taken in; NULL: nothing happens. */
void resolver_context_put(struct resolv_context *context);

/* res_nsearch(3) */
int resolver_context_search(struct resolv_context *context, const char *name, int class, int type,
			    unsigned char *answer, int room);

#endif
