/*
** How many processors this process may use: what its affinity allows, or less where a control group has a CPU quota.
** More threads than that only take turns, and inside a quota they use it up early and then all stand still until the
** next period. Linux only has such groups; elsewhere the files are missing, which reads as no quota.
*/
#include "thread.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

enum {
  GROUP_PATH_SIZE = 4096,    /* Linux's own limit */
  PROC_TEXT_SIZE = 4096,     /* of /proc/self/cgroup, usually: some ten short lines */
  PROC_TEXT_MOST = 16 * 4096 /* of it at most: a dozen lines of the longest paths */
};

static void read_group_text(const char *group, const char *file, char *text, size_t size) {
  char path[GROUP_PATH_SIZE];
  const int n = snprintf(path, sizeof path, "%s/%s", group, file);
  text[0] = '\0';
  if (n > 0 && (size_t)n < sizeof path)
    ti_text_read(path, text, size);
}

/* Quota and period, in microseconds, as processors rounded up; 0 where the quota is "max", -1 or not there. */
static unsigned quota_cpus(const char *quota, const char *period) {
  const long long q = strtoll(quota, NULL, 10), p = strtoll(period, NULL, 10);
  if (q <= 0 || p <= 0 || q > LLONG_MAX - p)
    return 0;
  return (q + p - 1) / p > INT_MAX ? 0 : (unsigned)((q + p - 1) / p);
}

/* The quota of one group: "<quota> <period>" in one file (v2), or a file for each (v1). */
static unsigned group_cpus(const char *group) {
  char quota[64], period[64], *space;
  read_group_text(group, "cpu.max", quota, sizeof quota);
  space = strchr(quota, ' ');
  if (space != NULL)
    return quota_cpus(quota, space + 1);
  read_group_text(group, "cpu.cfs_quota_us", quota, sizeof quota);
  read_group_text(group, "cpu.cfs_period_us", period, sizeof period);
  return quota_cpus(quota, period);
}

/* The lesser of two quotas, of which 0 is none. */
static unsigned lesser(unsigned a, unsigned b) {
  return a == 0 || (b > 0 && b < a) ? b : a;
}

/* The least quota of the group root/controllers/path and those around it. In a container the path may be one of the
   machine outside: then its groups are missing here and the root, which is the container's own, decides. */
static unsigned least_cpus(const char *root, const char *controllers, const char *path) {
  char group[GROUP_PATH_SIZE];
  unsigned least = 0;
  const int base = snprintf(group, sizeof group, "%s%s%s", root, controllers[0] != '\0' ? "/" : "", controllers);
  if (base < 0 || strlen(path) >= GROUP_PATH_SIZE || base >= GROUP_PATH_SIZE - (int)strlen(path))
    return 0;
  strcpy(group + base, path);
  for (;;) {
    const unsigned cpus = group_cpus(group);
    char *slash = strrchr(group + base, '/');
    least = lesser(least, cpus);
    if (slash == NULL)
      return least;
    *slash = '\0';
  }
}

static bool has_cpu_controller(const char *controllers) {
  const size_t n = strcspn(controllers, ",");
  return (n == 3 && memcmp(controllers, "cpu", 3) == 0) ||
         (controllers[n] == ',' && has_cpu_controller(controllers + n + 1));
}

/* Version 1 mounts a hierarchy under its controllers, in an order of the distribution's that the process's file need
   not have, and links each controller's name to it. */
static unsigned hierarchy_cpus(const char *root, const char *controllers, const char *path) {
  const char *const names[] = {controllers, "cpu", "cpu,cpuacct", "cpuacct,cpu"};
  const size_t n = controllers[0] != '\0' ? sizeof names / sizeof names[0] : 1;
  unsigned least = 0;
  for (size_t i = 0; i < n; i++)
    least = lesser(least, least_cpus(root, names[i], path));
  return least;
}

/* Lines are "number:controllers:path"; version 2 has no controllers, version 1 a line a hierarchy. */
static unsigned text_cpus(char *rest, const char *root) {
  unsigned least = 0;
  while (*rest != '\0') {
    char *line = rest, *end = line + strcspn(line, "\n"), *controllers, *path;
    rest = *end != '\0' ? end + 1 : end;
    *end = '\0';
    controllers = strchr(line, ':');
    path = controllers != NULL ? strchr(controllers + 1, ':') : NULL;
    if (path == NULL)
      continue;
    *path++ = '\0';
    if (*++controllers == '\0' || has_cpu_controller(controllers))
      least = lesser(least, hierarchy_cpus(root, controllers, path));
  }
  return least;
}

/* A file that does not fit is read again, into memory that holds the longest; without that memory, what fits. */
unsigned ti_cgroup_cpus(const char *proc_file, const char *root) {
  char text[PROC_TEXT_SIZE], *all;
  unsigned least;
  ti_text_read(proc_file, text, sizeof text);
  if (strlen(text) + 1 < sizeof text || (all = ti_alloc(PROC_TEXT_MOST, 1)) == NULL)
    return text_cpus(text, root);
  ti_text_read(proc_file, all, PROC_TEXT_MOST);
  least = text_cpus(all, root);
  ti_free(all, PROC_TEXT_MOST, 1);
  return least;
}

unsigned ti_cpu_count(void) {
  const unsigned cpus = ti_affinity_count();
  const unsigned quota = ti_cgroup_cpus("/proc/self/cgroup", "/sys/fs/cgroup");
  return quota > 0 && quota < cpus ? quota : cpus;
}
