#include "conf/host_name.h"

#define HOST_NAME_MAX_OCTETS 255

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* isalnum() would ask the program's locale. */
static bool is_label_octet(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

bool host_name_is_valid(const char *text, size_t length)
{
	bool empty = true, number = true;

	if (length == 0 || length > HOST_NAME_MAX_OCTETS)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '.') {
			if (empty)
				return false;
			empty = number = true;
		} else if (is_label_octet(text[i])) {
			empty = false;
			number = number && is_digit(text[i]);
		} else {
			return false;
		}
	}
	return !empty && !number;
}
