/* The login that the program gave for the whole process. */
#ifndef CORE_AIX_LOGIN_H
#define CORE_AIX_LOGIN_H

#include <stdbool.h>

#include "core/message.h"

struct login {
	struct credentials credentials; /* of the texts below */
	char username[255];
	char password[255];
};

/* A copy, for a negotiation that outlives the call. A login is not to be moved: its credentials point into it. */
void login_copy(struct login *login, const struct credentials *credentials);
bool login_given(struct login *login); /* false, and login untouched: none */
void login_forget(struct login *login);

#endif
