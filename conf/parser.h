/* The parser of configuration files, libconfig: opened when there is a file to read. Linked with the preloaded library
 * it would enter every process, and most of them have no such file. */
#ifndef CONF_PARSER_H
#define CONF_PARSER_H

#include <libconfig.h>
#include <stdbool.h>

#define PARSER_FUNCTIONS(FUNCTION)                                                                                     \
	FUNCTION(init)                                                                                                 \
	FUNCTION(destroy)                                                                                              \
	FUNCTION(read_string)                                                                                          \
	FUNCTION(lookup_bool)                                                                                          \
	FUNCTION(lookup_string)                                                                                        \
	FUNCTION(setting_length)                                                                                       \
	FUNCTION(setting_get_elem)                                                                                     \
	FUNCTION(setting_get_bool)                                                                                     \
	FUNCTION(setting_get_int64)                                                                                    \
	FUNCTION(setting_get_float)                                                                                    \
	FUNCTION(setting_get_string)

/* Named as in libconfig, without its config_. */
struct parser {
#define FUNCTION(name) __typeof__(config_##name) *name;
	PARSER_FUNCTIONS(FUNCTION)
#undef FUNCTION
};

extern struct parser parser;

/* False: libconfig (PARSER_LIBRARY) is not there, or is not what it should be. */
bool parser_open(void);

#endif
