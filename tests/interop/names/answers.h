/* What lookups answer, a line each, on standard output. */
#ifndef TESTS_INTEROP_NAMES_ANSWERS_H
#define TESTS_INTEROP_NAMES_ANSWERS_H

#include <netdb.h>
#include <sys/socket.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

void print_sockaddr(const struct sockaddr *address);
void print_list(int answer, const struct addrinfo *list);
void print_host(const struct hostent *host, int error);
void print_found(const struct hostent *host); /* error: h_errno */

/* size: what res_query(3) and its kin answered; h_errno is of no other call since. */
void print_message(int size, const unsigned char *message, int room);

/* getaddrinfo(3) */
void look_up(const char *name, const char *service, const struct addrinfo *hints);

#endif
