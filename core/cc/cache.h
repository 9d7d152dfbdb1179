/* Compiled objects kept between builds: what is the same compiler over the same text with the same
 * options need not be compiled again. A relink then costs analysis and linking only.
 *
 * Where: PREACHES_CACHE=DIR, or off; else $XDG_CACHE_HOME/preaches, else ~/.cache/preaches. A folder
 * that is not the user's own, or that others may write to, is not used. Entries appear by rename, so
 * any number of builds may share it. An entry says its key and the SHA-256 of its bytes; one that is
 * damaged in any way counts as absent and is removed. When a part of the cache outgrows its share of
 * PREACHES_CACHE_SIZE (MiB, default 1024), what was not used for longest goes.
 *
 * All functions accept a NULL cache: nothing is found, nothing kept. */
#ifndef PREACHES_CC_CACHE_H
#define PREACHES_CC_CACHE_H

#include "driver.h"

typedef struct CcCache CcCache;

/* NULL when there is to be none. When one was asked for by PREACHES_CACHE and cannot be had, *why says
 * what is wrong (g_free). */
CcCache *cc_cache_open(char **why);
void cc_cache_free(CcCache *cache);

/* Key of the object that `argv` (without names of files that it reads or writes) makes of `text` with
 * the compiler of `arch`: g_free. NULL without a cache, or when the compiler cannot be identified. */
char *cc_cache_key(CcCache *cache, const PrArch *arch, const GPtrArray *argv, const char *text);
/* Writes the entry's object to `path`. FALSE when there is none. A NULL key is never found. */
gboolean cc_cache_get(CcCache *cache, const char *key, const char *path);
/* Keeps the object at `path`; failing to is no error. */
void cc_cache_put(CcCache *cache, const char *key, const char *path);

#endif
