#include "core/aix/login.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "core/aix/address.h"
#include "core/aix/failure.h"
#include "core/aix/socks5_api.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct login given; /* under lock */
static bool is_given;

static void lock_given(void)
{
	pthread_mutex_lock(&lock);
}

static void unlock_given(void)
{
	pthread_mutex_unlock(&lock);
}

__attribute__((constructor)) static void survive_fork(void)
{
	pthread_atfork(lock_given, unlock_given, unlock_given);
}

void login_copy(struct login *login, const struct credentials *credentials)
{
	memcpy(login->username, credentials->username, credentials->username_length);
	memcpy(login->password, credentials->password, credentials->password_length);
	login->credentials = (struct credentials){
	    .username = login->username,
	    .username_length = credentials->username_length,
	    .password = login->password,
	    .password_length = credentials->password_length,
	};
}

bool login_given(struct login *login)
{
	bool found;

	lock_given();
	found = is_given;
	if (found)
		login_copy(login, &given.credentials);
	unlock_given();
	return found;
}

void login_forget(struct login *login)
{
	explicit_bzero(login, sizeof(*login));
}

/* Octets before the NUL; 256: too long. false: not all of it is there. */
static bool measure(const char *text, size_t *length)
{
	for (*length = 0; *length <= 255; ++*length) {
		if (!memory_is_readable(text + *length, 1))
			return false;
		if (!text[*length])
			break;
	}
	return true;
}

static int take(const char *username, const char *password)
{
	struct credentials credentials = {.username = username, .password = password};
	size_t *lengths[] = {&credentials.username_length, &credentials.password_length};

	if (!measure(username, lengths[0]) || !measure(password, lengths[1]))
		return fail_errno(EFAULT);
	for (size_t i = 0; i < 2; i++)
		if (*lengths[i] < 1 || *lengths[i] > 255)
			return fail_errno(EINVAL);
	lock_given();
	login_copy(&given, &credentials);
	is_given = true;
	unlock_given();
	return 0;
}

int socks5_setcred(const char *Username, const char *Password)
{
	if (Username && Password)
		return take(Username, Password);
	if (Username || Password)
		return fail_errno(EINVAL);
	lock_given();
	login_forget(&given);
	is_given = false;
	unlock_given();
	return 0;
}
