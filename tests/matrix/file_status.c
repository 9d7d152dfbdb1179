/* What stat() tells, kept while the program goes elsewhere: the structure has other members in another
 * order, and of other widths, on each machine. */
#include <stdio.h>
#include <sys/stat.h>

static struct stat kept;
static const char name[] = "file_status.tmp";

static long long size_now(void)
{
    struct stat now;
    return stat(name, &now) == 0 ? (long long)now.st_size : -1;
}

int main(void)
{
    FILE *f = fopen(name, "w");
    struct stat first;
    int i;
    if (!f || fprintf(f, "twelve bytes") < 0 || fclose(f) || chmod(name, 0640) || stat(name, &kept))
        return 1;
    first = kept;
    for (i = 0; i < 10; i++) {
        struct stat other;
        int missing = lstat("file_status.none", &other);
        printf("%d %ld %o %d %d %d\n", i, (long)kept.st_size, (unsigned)kept.st_mode,
               S_ISREG(kept.st_mode), missing, first.st_ino == kept.st_ino && first.st_dev == kept.st_dev);
        first.st_nlink += 1;
        printf("%d %d %lld\n", first.st_nlink == kept.st_nlink + 1 + (unsigned)i, first.st_mtime == kept.st_mtime,
               size_now());
    }
    return 0;
}
