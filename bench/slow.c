/* A file system that shows a folder, and answers each open and stat late.
 *
 *     slow FOLDER MILLISECONDS MOUNTPOINT
 *
 * Nothing is kept: names and attributes are asked for every time, so no delay is saved. A look-up
 * on the way to an open or a stat is free, so each of these costs one delay; one that finds nothing
 * is an open or a stat that failed, and late as well. Every request waits in a thread of its own,
 * so delays overlap. It ends and unmounts when the process that started it ends.
 */
#define FUSE_USE_VERSION 30
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <fuse_lowlevel.h>
#include <linux/fuse.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 64 };
static int root;
static struct timespec late;

#define FILE_INFO struct fuse_file_info *fi

static const char *below(const char *path) { return path[1] ? path + 1 : "."; }
static int answer(int result) { return result < 0 ? -errno : 0; }
static void wait_a_little(void) { nanosleep(&late, NULL); }

static void *begin(struct fuse_conn_info *conn, struct fuse_config *cfg)
{
    conn->want &= ~(FUSE_CAP_READDIRPLUS | FUSE_CAP_READDIRPLUS_AUTO | FUSE_CAP_SPLICE_READ);
    cfg->use_ino = 1;
    cfg->hard_remove = 1;
    cfg->direct_io = 1; /* otherwise each read asks for the size first, and is late as well */
    cfg->entry_timeout = cfg->attr_timeout = cfg->negative_timeout = 0;
    return NULL;
}

/* Look-ups come here as well. */
static int do_getattr(const char *path, struct stat *st, FILE_INFO)
{
    if (fi)
        return answer(fstat(fi->fh, st));
    int result = answer(fstatat(root, below(path), st, AT_SYMLINK_NOFOLLOW));
    if (result == -ENOENT)
        wait_a_little();
    return result;
}

static int opened(int fd, FILE_INFO) { fi->fh = fd; return answer(fd); }
static int do_open(const char *path, FILE_INFO)
{ return opened(openat(root, below(path), fi->flags), fi); }
static int do_create(const char *path, mode_t mode, FILE_INFO)
{ return opened(openat(root, below(path), fi->flags, mode), fi); }

static int do_readdir(const char *path, void *buf, fuse_fill_dir_t fill, off_t off, FILE_INFO,
                      enum fuse_readdir_flags flags)
{
    int fd = openat(root, below(path), O_RDONLY | O_DIRECTORY);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir)
        return -errno;
    for (struct dirent *entry; (entry = readdir(dir));) {
        struct stat st = {.st_ino = entry->d_ino, .st_mode = entry->d_type << 12};
        if (fill(buf, entry->d_name, &st, 0, 0))
            break;
    }
    closedir(dir);
    return 0;
}

static int do_read(const char *path, char *buf, size_t size, off_t off, FILE_INFO)
{ ssize_t got = pread(fi->fh, buf, size, off); return got < 0 ? -errno : got; }
static int do_write(const char *path, const char *buf, size_t size, off_t off, FILE_INFO)
{ ssize_t put = pwrite(fi->fh, buf, size, off); return put < 0 ? -errno : put; }
static int do_release(const char *path, FILE_INFO) { return answer(close(fi->fh)); }
static int do_fsync(const char *path, int data, FILE_INFO)
{ return answer(data ? fdatasync(fi->fh) : fsync(fi->fh)); }
static int do_fsyncdir(const char *path, int data, FILE_INFO) { return 0; }
static int do_mkdir(const char *path, mode_t mode)
{ return answer(mkdirat(root, below(path), mode)); }
static int do_unlink(const char *path) { return answer(unlinkat(root, below(path), 0)); }
static int do_rmdir(const char *path) { return answer(unlinkat(root, below(path), AT_REMOVEDIR)); }
static int do_rename(const char *from, const char *to, unsigned int flags)
{ return answer(renameat2(root, below(from), root, below(to), flags)); }
static int do_link(const char *from, const char *to)
{ return answer(linkat(root, below(from), root, below(to), 0)); }
static int do_chmod(const char *path, mode_t mode, FILE_INFO)
{ return answer(fi ? fchmod(fi->fh, mode) : fchmodat(root, below(path), mode, 0)); }
static int do_chown(const char *path, uid_t uid, gid_t gid, FILE_INFO)
{ return answer(fchownat(root, below(path), uid, gid, AT_SYMLINK_NOFOLLOW)); }
static int do_truncate(const char *path, off_t size, FILE_INFO)
{ return fi ? answer(ftruncate(fi->fh, size)) : -ENOSYS; }
static int do_utimens(const char *path, const struct timespec tv[2], FILE_INFO)
{ return answer(utimensat(root, below(path), tv, AT_SYMLINK_NOFOLLOW)); }

static const struct fuse_operations operations = {
    .init = begin, .getattr = do_getattr, .open = do_open, .create = do_create,
    .readdir = do_readdir, .read = do_read, .write = do_write,
    .release = do_release, .fsync = do_fsync, .fsyncdir = do_fsyncdir, .mkdir = do_mkdir,
    .unlink = do_unlink, .rmdir = do_rmdir, .rename = do_rename, .link = do_link,
    .chmod = do_chmod, .chown = do_chown, .truncate = do_truncate, .utimens = do_utimens,
};

static int is_late(const struct fuse_in_header *request)
{
    return request->opcode == FUSE_GETATTR || request->opcode == FUSE_OPEN ||
           request->opcode == FUSE_OPENDIR || request->opcode == FUSE_CREATE;
}

static void *serve(void *session)
{
    struct fuse_buf buf = {0};
    for (int got; (got = fuse_session_receive_buf(session, &buf)) > 0 || got == -EINTR;) {
        if (got > 0 && is_late(buf.mem))
            wait_a_little();
        if (got > 0)
            fuse_session_process_buf(session, &buf);
    }
    kill(getpid(), SIGTERM);
    return NULL;
}

int main(int argc, char **argv)
{
    struct fuse_args none = FUSE_ARGS_INIT(1, argv);
    if (argc != 4 || (root = open(argv[1], O_PATH | O_DIRECTORY)) < 0)
        return fprintf(stderr, "slow FOLDER MILLISECONDS MOUNTPOINT\n"), 2;
    late.tv_nsec = atol(argv[2]) * 1000000;
    umask(0);
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    struct fuse *fuse = fuse_new(&none, &operations, sizeof operations, NULL);
    if (!fuse || fuse_mount(fuse, argv[3]))
        return 1;
    pthread_t thread;
    for (int i = 0; i < THREADS; i++)
        pthread_create(&thread, NULL, serve, fuse_get_session(fuse));
    int got;
    sigwait(&ends, &got);
    fuse_unmount(fuse);
    return 0;
}
