/* image_main seeds FOLDER [IMAGE...]: writes inputs for the fuzzer: of a state made by hand, in every
 * architecture's form, native and as a delta; and of the images given.
 * image_main try INPUT...: what the fuzzer does with each. */
#define _GNU_SOURCE
#include "image_case.h"
#include "../unit/imagestate.h"

static void save(const char *folder, const char *name, const PrImage *image)
{
    for (uint32_t target = 0; target < image->desc.n_classes; target++) {
        size_t n;
        g_autoptr(GError) error = NULL;
        g_autofree char *file = g_strdup_printf("%s-%u", name, target), *path = g_build_filename(folder, file, NULL);
        uint8_t *form = input_from(image, (uint8_t)target, &n);
        if (!form)
            return;
        if (!g_file_set_contents(path, (const char *)form, (gssize)n, &error))
            g_error("%s", error->message);
        free(form);
    }
}

static void save_native(const char *folder, const PrImage *image)
{
    uint64_t addr[N_SYMBOLS] = {0x10004000, 0x10102000, 0x10201002, 0x10300004, 0x10400002, 0x10500002};
    PrImage native;
    PrError error = {0};
    int fd = memfd_create("native", 0);
    must(pr_image_resolve(image, image->view.layout, addr, N_SYMBOLS, fd, &error), &error);
    must(open_fd(fd, PR_VERIFY_ALL, &native, &error), &error);
    save(folder, "native", &native);
    pr_image_close(&native);
    close(fd);
}

static void save_delta(const char *folder, State *s, const char *arch)
{
    static const uint8_t dirty[64] = {1}; /* the first page: nodes */
    PrImage delta;
    PrError error = {0};
    int fd;
    s->view.dirty = dirty;
    s->view.base_epoch = s->view.epoch - 1;
    must(write_fd(&s->view, arch, &fd, NULL, NULL, &error), &error);
    g_autofree char *path = fd_path(fd);
    must(pr_image_open_delta(&delta, path, PR_VERIFY_ALL, &error), &error);
    save(folder, "delta", &delta);
    pr_image_close(&delta);
    close(fd);
}

static void save_state(const char *folder, const char *arch)
{
    g_autoptr(State) s = state_new("x86_64", false);
    PrImage image;
    s->view.n_pools = 2; /* small inputs are changed sooner where it matters */
    s->view.heap_bytes = 2 * PR_UNIT_BYTES;
    s->walk_values[5].lo = 0;
    write_open(&s->view, arch, &image);
    save(folder, arch, &image);
    if (g_str_equal(arch, "s390x")) {
        save_native(folder, &image);
        save_delta(folder, s, arch);
    }
    pr_image_close(&image);
}

static void save_image(const char *folder, const char *path)
{
    g_autofree char *name = g_strdup(path);
    PrImage image;
    PrError error = {0};
    if ((g_str_has_suffix(path, ".delta.img") ? pr_image_open_delta : pr_image_open)(&image, path, PR_VERIFY_ALL,
                                                                                      &error) != PR_OK)
        g_error("%s: %s (%s)", path, error.what, error.path);
    save(folder, g_strdelimit(name, "/", '-'), &image);
    pr_image_close(&image);
}

static bool try_input(const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *bytes = NULL;
    gsize n;
    if (!g_file_get_contents(path, &bytes, &n, &error))
        g_error("%s", error->message);
    return image_case((const uint8_t *)bytes, n);
}

int main(int argc, char **argv)
{
    if (argc >= 3 && g_str_equal(argv[1], "seeds")) {
        build();
        for (int a = 0; a < TORTURE_ARCHES; a++)
            save_state(argv[2], torture_arches[a]);
        for (int i = 3; i < argc; i++)
            save_image(argv[2], argv[i]);
    } else if (argc >= 3 && g_str_equal(argv[1], "try")) {
        int opened = 0;
        for (int i = 2; i < argc; i++)
            opened += try_input(argv[i]);
        printf("%d inputs, %d opened\n", argc - 2, opened);
    } else {
        fprintf(stderr, "usage: image_main seeds FOLDER [IMAGE...] | try INPUT...\n");
        return 2;
    }
    return 0;
}
