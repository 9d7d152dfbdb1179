/* What stat() tells, in one shape (gen.h). */
#define _FILE_OFFSET_BITS 64
#include "gen.h"
#include <fcntl.h>
#include <sys/stat.h>

_Static_assert(AT_FDCWD == PREACHES_AT_CWD && AT_SYMLINK_NOFOLLOW == PREACHES_NO_FOLLOW, "gen.h");

int preaches_status(int at, const char *path, int flags, struct preaches_status *status)
{
    struct stat s;
    int failed = path ? fstatat(at, path, &s, flags) : fstat(at, &s);
    if (failed)
        return failed;
    *status = (struct preaches_status){
        .dev = s.st_dev, .ino = s.st_ino, .nlink = s.st_nlink, .mode = s.st_mode,
        .uid = s.st_uid, .gid = s.st_gid, .rdev = s.st_rdev, .size = (long long)s.st_size,
        .blksize = s.st_blksize, .blocks = (long long)s.st_blocks,
        .times = { s.st_atim.tv_sec, s.st_atim.tv_nsec, s.st_mtim.tv_sec, s.st_mtim.tv_nsec,
                   s.st_ctim.tv_sec, s.st_ctim.tv_nsec },
    };
    return 0;
}
