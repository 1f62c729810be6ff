/*
** Array files and the operating system: paths that lead nowhere, permissions, links, pipes, signals, a disk that fills
** up, and several savers at once. Whatever happens, the old file or the new one is there, whole, and nothing else.
*/
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "../../core/base/atomics.h"
#include "../../core/base/file.h"
#include "../../core/base/thread.h"
#include "npy_data.h"

static void bad_paths(void) {
  char longer[6000];
  tine_array *a;
  enter_folder();
  fails_to_load(in_folder("missing.npy"), TINE_EIO, ENOENT, "missing.npy: No such file");
  fails_to_load(folder, TINE_EIO, EISDIR, "directory");
  fails_to_load("/dev/null", TINE_EIO, ESPIPE, "/dev/null: not a regular file");
  fails_to_load("", TINE_EIO, ENOENT, "");
  put_file(in_folder("empty"), "", 0);
  fails_to_load(in_folder("empty"), TINE_EFORMAT, EINVAL, "empty: file is empty");
  CHECK_INT(mkfifo(in_folder("fifo"), 0600), 0);
  fails_to_load(in_folder("fifo"), TINE_EIO, ESPIPE, "not a regular file"); /* and does not hang */
  CHECK_INT(map_status(in_folder("fifo"), TINE_U8, "rw", "not a regular file"), TINE_EIO);
  CHECK_INT(map_status(in_folder("missing"), TINE_U8, "r", strerror(ENOENT)), TINE_EIO);
  CHECK_INT(map_status(folder, TINE_U8, "r", "directory"), TINE_EIO);
  fails_to_save(in_folder("fifo"), ENXIO);
  fails_to_save(folder, EISDIR);
  fails_to_save("", ENOENT);
  fails_to_save(in_folder("no/such/folder.npy"), ENOENT);
  fails_to_save(in_folder("empty/under a file.npy"), ENOTDIR);
  memset(longer, 'x', sizeof longer - 1);
  longer[sizeof longer - 1] = '\0';
  fails_to_load(longer, TINE_EIO, ENAMETOOLONG, strerror(ENAMETOOLONG));
  fails_to_save(longer, ENAMETOOLONG);
  CHECK_INT(tine_array_load(&a, NULL, NULL), TINE_EINVAL);
  CHECK_INT(tine_array_save(NULL, "/dev/null", NULL), TINE_EINVAL);
  CHECK_INT(tine_array_mmap(&a, NULL, TINE_U8, "r", NULL), TINE_EINVAL);
  leave_folder(2);
}

/* What it says must be readable however long the path. */
static void long_paths(void) {
  char name[256];
  enter_folder();
  memset(name, 'n', 255);
  memcpy(name + 240, "-the end.npy", 12);
  name[252] = '\0';
  fails_to_load(in_folder(name), TINE_EIO, ENOENT, "nnn-the end.npy: No such file");
  for (int odd = 0; odd < 2; odd++) { /* wherever it is cut, no character is */
    tine_array *none;
    tine_error err = {.message = ""};
    for (int i = 0; i < 240; i += 2)
      memcpy(name + i, "\xc3\xa9", 2);
    memcpy(name + 240, odd ? "odd" : "even", odd ? 4 : 5);
    CHECK_INT(tine_array_load(&none, in_folder(name), &err), TINE_EIO);
    CHECK_CONTAINS(err.message, odd ? "\xa9odd: No such file"
                                    : "\xa9"
                                      "even: No such file");
    CHECK(memcmp(err.message, "...\xc3\xa9", 5) == 0);
  }
  memset(name, 'n', 255);
  name[255] = '\0';
  double x = 1;
  tine_array *a = tine_slice_of(TINE_F64, &x, 1, 8);
  saves_and_loads(a, in_folder(name)); /* the temporary name must not be longer than this one */
  tine_array_release(a);
  leave_folder(1);
}

/* Root may do everything, so it puts on another user's shoes for these. */
static void no_permission(void) {
  enter_folder();
  const bool root = geteuid() == 0;
  const char *shut = in_folder("shut.npy"), *fixed = in_folder("fixed.npy");
  put_file(shut, "secret", 6);
  put_file(fixed, "do not touch", 12);
  CHECK_INT(chmod(shut, 0), 0);
  CHECK_INT(chmod(fixed, 0444), 0);
  CHECK_INT(chmod(folder, 0777), 0);
  CHECK_STOP(!root || seteuid(65534) == 0);
  fails_to_load(shut, TINE_EIO, EACCES, strerror(EACCES));
  fails_to_save(shut, EACCES);
  fails_to_save(fixed, EACCES);
  CHECK_INT(map_status(fixed, TINE_U8, "r", ""), TINE_OK);
  CHECK_INT(map_status(fixed, TINE_U8, "cow", ""), TINE_OK);
  CHECK_INT(map_status(fixed, TINE_U8, "rw", strerror(EACCES)), TINE_EIO);
  CHECK_STOP(!root || seteuid(0) == 0);
  leave_folder(2);
}

static void modes_and_owners(void) {
  struct stat st;
  enter_folder();
  const mode_t before = umask(027);
  tine_array *a = random_array(TINE_U8, 10);
  CHECK_INT(tine_array_save(a, in_folder("new.npy"), NULL), TINE_OK);
  CHECK_INT(stat(in_folder("new.npy"), &st), 0);
  CHECK_INT(st.st_mode & 07777, 0640);
  put_file(in_folder("old.npy"), "x", 1);
  CHECK_INT(chmod(in_folder("old.npy"), 0606), 0);
  const bool root = geteuid() == 0 && chown(in_folder("old.npy"), 1234, 4321) == 0;
  CHECK_INT(tine_array_save(a, in_folder("old.npy"), NULL), TINE_OK);
  CHECK_INT(stat(in_folder("old.npy"), &st), 0);
  CHECK_INT(st.st_mode & 07777, 0606);
  if (root) {
    CHECK_INT(st.st_uid, 1234);
    CHECK_INT(st.st_gid, 4321);
  }
  umask(before);
  tine_array_release(a);
  leave_folder(2);
}

static void through_links(void) {
  struct stat st;
  enter_folder();
  tine_array *a = random_array(TINE_F64, 10);
  put_file(in_folder("target.npy"), "x", 1);
  CHECK_INT(symlink("target.npy", in_folder("one")), 0);
  CHECK_INT(symlink(in_folder("one"), in_folder("two")), 0);
  CHECK_INT(symlink("fresh.npy", in_folder("dangling")), 0);
  CHECK_INT(symlink("loop", in_folder("loop")), 0);
  saves_and_loads(a, in_folder("two"));
  saves_and_loads(a, in_folder("dangling"));
  fails_to_save(in_folder("loop"), ELOOP);
  fails_to_load(in_folder("loop"), TINE_EIO, ELOOP, "");
  CHECK(lstat(in_folder("one"), &st) == 0 && S_ISLNK(st.st_mode));
  CHECK(lstat(in_folder("two"), &st) == 0 && S_ISLNK(st.st_mode));
  CHECK(lstat(in_folder("dangling"), &st) == 0 && S_ISLNK(st.st_mode));
  CHECK(lstat(in_folder("target.npy"), &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 208);
  CHECK(lstat(in_folder("fresh.npy"), &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 208);
  tine_array_release(a);
  leave_folder(6);
}

static void without_folder_part(void) {
  char before[512];
  CHECK_STOP(getcwd(before, sizeof before) != NULL);
  enter_folder();
  CHECK_STOP(chdir(folder) == 0);
  tine_array *a = random_array(TINE_F64, 10);
  saves_and_loads(a, "a.npy");
  tine_array_release(a);
  CHECK_INT(chdir(before), 0);
  leave_folder(1);
}

typedef struct pipe_end {
  const char *path;
  size_t stop_after, got;
  unsigned char sum;
} pipe_end;

static void read_fifo(void *arg) {
  pipe_end *p = arg;
  char bytes[1000];
  ssize_t n;
  const int fd = open(p->path, O_RDONLY | O_CLOEXEC);
  while (p->got < p->stop_after && (n = read(fd, bytes, sizeof bytes)) != 0) {
    for (ssize_t i = 0; i < n; i++)
      p->sum = (unsigned char)(p->sum + bytes[i]);
    p->got += n > 0 ? (size_t)n : 0;
    usleep(200);
  }
  close(fd);
}

/* Saves to a FIFO that another thread reads; true if the save succeeded. */
static tine_status save_to_reader(const tine_array *a, pipe_end *reader, tine_error *err) {
  ti_thread thread;
  struct stat st;
  tine_status status;
  CHECK_INT(mkfifo(reader->path, 0600), 0);
  if (!CHECK(ti_thread_start(&thread, read_fifo, reader, "reader", 0) == 0))
    return TINE_ETHREAD;
  do
    status = tine_array_save(a, reader->path, err);
  while (status == TINE_EIO && err->os_errno == ENXIO); /* it is not there yet */
  ti_thread_join(thread);
  CHECK(lstat(reader->path, &st) == 0 && S_ISFIFO(st.st_mode));
  return status;
}

static volatile sig_atomic_t alarms;
static void on_alarm(int sig) {
  (void)sig;
  alarms = alarms + 1;
}

/* Devices and pipes are written in place; signals interrupt, and nothing is lost; a reader that leaves is an error. */
static void in_place(void) {
  const struct itimerval often = {{0, 300}, {0, 300}}, never = {{0, 0}, {0, 0}};
  struct sigaction act = {.sa_handler = on_alarm}, old;
  unsigned char sum = 0;
  tine_error err = {.message = ""};
  size_t n;
  sigset_t pending;
  enter_folder();
  tine_array *a = random_array(TINE_U8, 400000);
  CHECK_STOP(a != NULL);
  CHECK_INT(tine_array_save(a, "/dev/null", &err), TINE_OK);
  if (access("/dev/full", W_OK) == 0)
    fails_to_save("/dev/full", ENOSPC);
  CHECK_INT(tine_array_save(a, in_folder("a.npy"), &err), TINE_OK);
  char *bytes = get_file(in_folder("a.npy"), &n);
  for (size_t i = 0; i < n; i++)
    sum = (unsigned char)(sum + bytes[i]);
  free(bytes);
  pipe_end all = {in_folder("fifo"), SIZE_MAX, 0, 0}, some = {in_folder("short"), 5000, 0, 0};
  sigaction(SIGALRM, &act, &old);
  setitimer(ITIMER_REAL, &often, NULL);
  CHECK_INT(save_to_reader(a, &all, &err), TINE_OK);
  setitimer(ITIMER_REAL, &never, NULL);
  sigaction(SIGALRM, &old, NULL);
  CHECK(alarms > 0);
  CHECK_INT(all.got, n);
  CHECK_INT(all.sum, sum);
  CHECK_INT(save_to_reader(a, &some, &err), TINE_EIO);
  CHECK_INT(err.os_errno, EPIPE);
  sigpending(&pending);
  CHECK_INT(sigismember(&pending, SIGPIPE), 0);
  tine_array_release(a);
  leave_folder(3);
}

/* A disk that fills up half-way, or a file that may not be as long: the old file is as it was, the new one gone, and
   the signal that the system sends for it is nobody's end. */
static void failing_halfway(void) {
  sigset_t pending;
  struct rlimit before, small;
  size_t n;
  enter_folder();
  const char *path = in_folder("a.npy");
  put_file(path, "the old contents", 16);
  tine_array *a = random_array(TINE_F64, 10000);
  tine_error err = {.message = ""};
  CHECK_STOP(getrlimit(RLIMIT_FSIZE, &before) == 0);
  small = before;
  small.rlim_cur = 50000;
  CHECK_STOP(setrlimit(RLIMIT_FSIZE, &small) == 0);
  CHECK_INT(tine_array_save(a, path, &err), TINE_EIO);
  CHECK_INT(err.os_errno, EFBIG);
  CHECK_INT(tine_array_save(a, in_folder("new.npy"), &err), TINE_EIO);
  signal(SIGXFSZ, SIG_IGN);
  CHECK_INT(tine_array_save(a, in_folder("new.npy"), &err), TINE_EIO);
  CHECK_INT(err.os_errno, EFBIG);
  signal(SIGXFSZ, SIG_DFL);
  setrlimit(RLIMIT_FSIZE, &before);
  sigpending(&pending);
  CHECK_INT(sigismember(&pending, SIGXFSZ), 0);
  char *bytes = get_file(path, &n);
  CHECK(n == 16 && memcmp(bytes, "the old contents", 16) == 0);
  free(bytes);
  tine_array_release(a);
  leave_folder(1);
}

/* A process that is killed while it saves, in that place; the file it has begun stays. */
static void killed_at(const char *path) {
  int status = 0;
  const pid_t child = fork();
  if (child == 0) {
    ti_replace r;
    if (ti_replace_begin(&r, path) == 0 && ti_replace_write(&r, "half", 4) == 0)
      kill(getpid(), SIGKILL);
    _exit(1);
  }
  CHECK(child > 0 && waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* What is left over goes with the next save in the folder; what a living saver writes stays, and so do others'
   files. */
static void left_over(void) {
  double x = 1;
  ti_replace first, second, third;
  enter_folder();
  tine_array *a = tine_slice_of(TINE_F64, &x, 1, 8);
  CHECK_INT(ti_replace_begin(&first, in_folder("first")), 0);
  CHECK_INT(ti_replace_begin(&second, in_folder("second")), 0);
  CHECK_INT(ti_replace_begin(&third, in_folder("third")), 0);
  killed_at(in_folder("killed"));
  CHECK_INT(ti_replace_end(&first, 0), 0);
  CHECK_INT(ti_replace_end(&third, 0), 0); /* so the place before that of the one left over is free */
  put_file(in_folder(".tine-notes"), "mine", 4);
  CHECK_INT(tine_array_save(a, in_folder("a.npy"), NULL), TINE_OK); /* from the first place */
  CHECK_INT(ti_replace_write(&second, "whole", 5), 0);
  CHECK_INT(ti_replace_end(&second, 0), 0);
  killed_at(in_folder("first")); /* at the place that is taken first */
  CHECK_INT(tine_array_save(a, in_folder("a.npy"), NULL), TINE_OK);
  tine_array_release(a);
  leave_folder(5); /* first, second, third, a.npy and .tine-notes */
}

/* What is at a place and is nobody's half of a file stays, and so does what belongs to another user. */
static void not_left_over(void) {
  double x = 1;
  ti_replace r;
  struct stat st;
  char place[TI_PATH_SIZE];
  enter_folder();
  tine_array *a = tine_slice_of(TINE_F64, &x, 1, 8);
  CHECK_INT(ti_replace_begin(&r, in_folder("b")), 0);
  strcpy(place, r.temp);
  CHECK_INT(ti_replace_end(&r, 0), 0);
  CHECK_INT(mkfifo(place, 0600), 0);
  CHECK_INT(tine_array_save(a, in_folder("a.npy"), NULL), TINE_OK);
  CHECK(stat(place, &st) == 0 && S_ISFIFO(st.st_mode));
  remove(place);
  put_file(place, "theirs", 6);
  if (geteuid() == 0 && chown(place, 1, (gid_t)-1) == 0) { /* who else could put it there? */
    CHECK_INT(tine_array_save(a, in_folder("a.npy"), NULL), TINE_OK);
    CHECK_INT(stat(place, &st), 0);
  }
  remove(place);
  tine_array_release(a);
  leave_folder(2);
}

#if defined(__linux__)
static atomic_uint synced_files, synced_folders;

/* In place of the C library's. */
int fsync(int fd) {
  struct stat st;
  if (fstat(fd, &st) == 0)
    ++*(S_ISDIR(st.st_mode) ? &synced_folders : &synced_files);
  return (int)syscall(SYS_fsync, fd);
}

/* A file is on the disk before it has its name, and so is the name in the end; a new file as one that replaces
   another. */
static void on_the_disk(void) {
  double x = 1;
  synced_files = synced_folders = 0;
  enter_folder();
  tine_array *a = tine_slice_of(TINE_F64, &x, 1, 8);
  for (unsigned times = 1; times <= 2; times++) {
    CHECK_INT(tine_array_save(a, in_folder("a.npy"), NULL), TINE_OK);
    CHECK_INT(synced_files, times);
    CHECK_INT(synced_folders, times);
  }
  tine_array_release(a);
  leave_folder(1);
}
#else
static void on_the_disk(void) {
}
#endif

/* Threads that save to one path at a time: each file is some thread's, whole. */
static void save_constant(void *arg) {
  const char *path = arg;
  for (int i = 0; i < 5; i++) {
    int32_t x[1000];
    const int32_t mine = (int32_t)((uintptr_t)&x >> 4);
    for (int k = 0; k < 1000; k++)
      x[k] = mine;
    tine_array *a = tine_slice_of(TINE_I32, x, 1000, 4);
    tine_array_save(a, path, NULL);
    tine_array_release(a);
  }
}

static void savers_at_once(void) {
  ti_thread threads[3];
  bool started[3], whole = true;
  char path[512];
  tine_array *a = NULL;
  enter_folder();
  snprintf(path, sizeof path, "%s", in_folder("a.npy"));
  save_constant(path);
  for (unsigned i = 0; i < 3; i++)
    started[i] = ti_thread_start(&threads[i], save_constant, path, "saver", 0) == 0;
  for (int i = 0; i < 50; i++) {
    CHECK_STOP(tine_array_load(&a, path, NULL) == TINE_OK);
    for (uint64_t k = 0; k < 1000; k++)
      whole = whole && tine_array_get(a, k).as.i == tine_array_get(a, 0).as.i;
    tine_array_release(a);
  }
  CHECK(whole);
  for (unsigned i = 0; i < 3; i++)
    if (started[i])
      ti_thread_join(threads[i]);
  leave_folder(1);
}

CHECK_SUITE(file, CHECK_CASE(bad_paths), CHECK_CASE(long_paths), CHECK_CASE(no_permission),
            CHECK_CASE(modes_and_owners), CHECK_CASE(through_links), CHECK_CASE(without_folder_part),
            CHECK_CASE(in_place), CHECK_CASE(failing_halfway), CHECK_CASE(left_over), CHECK_CASE(not_left_over),
            CHECK_CASE(on_the_disk), CHECK_CASE(savers_at_once))
