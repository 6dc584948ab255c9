// The image set, one literal a step: what is installed with dpkg, which files of ours are laid over it (folder `tree`),
// what runs inside, and the configuration as `docker inspect` shows it. A step makes one layer.

import type { ImageConfig } from './oci.ts';

/** Files of a package that the official image has outside of its package manager too, by path and new path. */
export interface Extract {
  readonly package: string;
  readonly files: readonly (readonly [pattern: RegExp, replacement: string])[];
}

export interface Step {
  readonly name: string;
  /** The step below; its layers are shared, not copied. */
  readonly from?: string;
  /** Before dpkg: users whose numbers the official image fixes. */
  readonly prepare?: string;
  readonly packages: readonly string[];
  readonly extract?: readonly Extract[];
  readonly tree?: string;
  readonly run?: string;
  /** As `docker history` shows it. */
  readonly createdBy: string;
}

export interface Image {
  readonly repository: string;
  /** VERSION stands for the upstream version of `versionOf`. */
  readonly tags: readonly string[];
  readonly versionOf?: string;
  readonly step: string;
  readonly config: ImageConfig;
}

const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Essential packages, and what makes a package manager of it. usr-is-merged in place of usrmerge, which would bring perl. */
const BASE = (
  'base-files base-passwd bash bsdutils coreutils dash debianutils diffutils dpkg findutils grep gzip hostname init-system-helpers ' +
  'libc-bin login mount ncurses-base ncurses-bin passwd perl-base sed sysvinit-utils tar util-linux usr-is-merged apt mawk debconf'
).split(' ');

export const STEPS: readonly Step[] = [
  {
    name: 'debian',
    packages: BASE,
    tree: 'debian',
    createdBy: 'dpkg --install (Debian bookworm, essential packages and apt) # slim',
  },
  // Five of the images need it: one layer for all of them.
  { name: 'openssl', from: 'debian', packages: ['libssl3'], createdBy: 'RUN dpkg --install libssl3' },
  {
    name: 'nginx',
    from: 'openssl',
    packages: ['nginx'],
    tree: 'nginx',
    run: `
      groupadd --system --gid 101 nginx
      useradd --system --uid 101 --gid nginx --no-create-home --home-dir /nonexistent --shell /bin/false nginx
      rm -rf /etc/nginx/sites-enabled /etc/nginx/sites-available /var/www
      ln -sf /dev/stdout /var/log/nginx/access.log
      ln -sf /dev/stderr /var/log/nginx/error.log
    `,
    createdBy: 'RUN dpkg --install nginx; COPY docker-entrypoint.sh, nginx.conf and the welcome page',
  },
  {
    name: 'redis',
    from: 'openssl',
    prepare:
      'groupadd --system --gid 999 redis; useradd --system --uid 999 --gid redis --home-dir /data --shell /usr/sbin/nologin redis',
    packages: ['redis-server'],
    tree: 'redis',
    run: 'mkdir -p /data; chown redis:redis /data; ln -s /docker-entrypoint.sh /usr/local/bin/docker-entrypoint.sh',
    createdBy: 'RUN dpkg --install redis-server; COPY docker-entrypoint.sh',
  },
  {
    name: 'python',
    from: 'openssl',
    packages: ['python3.11'],
    run: `
      cd /usr/local/bin
      for name in python python3 python3.11; do ln -s /usr/bin/python3.11 $name; done
      rm -f /usr/lib/python3.11/EXTERNALLY-MANAGED
    `,
    createdBy: 'RUN dpkg --install python3.11',
  },
  {
    name: 'httpd',
    from: 'openssl',
    packages: ['libaprutil1', 'libbrotli1', 'libnghttp2-14', 'libssl3', 'media-types'],
    extract: [
      // Without the modules that would need libraries as large as the server: ldap, lua, md, proxy_html, xml2enc.
      {
        package: 'apache2-bin',
        files: [
          [/^usr\/sbin\/apache2$/, 'usr/local/apache2/bin/apache2'],
          [
            /^usr\/lib\/apache2\/modules\/(?!mod_(?:ldap|authnz_ldap|lua|md|proxy_html|xml2enc)\.so)/,
            'usr/local/apache2/modules/',
          ],
        ],
      },
      { package: 'apache2-utils', files: [[/^usr\/bin\/(ab|htpasswd)$/, 'usr/local/apache2/bin/$1']] },
    ],
    tree: 'httpd',
    run: 'cd /usr/local/apache2; mkdir cgi-bin logs; bin/httpd -t',
    createdBy: 'RUN dpkg --install apr, openssl; COPY apache2 from its package to /usr/local/apache2',
  },
  {
    name: 'postgres',
    from: 'openssl',
    prepare:
      'groupadd --system --gid 999 postgres; ' +
      'useradd --system --uid 999 --gid postgres --home-dir /var/lib/postgresql --shell /bin/bash postgres',
    packages: ['libpq5', 'libicu72', 'libxml2', 'libreadline8', 'tzdata'],
    extract: [
      // Without its just-in-time compiler, which would bring 100 MB of LLVM.
      {
        package: 'postgresql-15',
        files: [[/^usr\/(?:lib\/postgresql\/15\/(?:bin|lib\/(?!bitcode|llvmjit))|share\/postgresql\/15\/)/, '$&']],
      },
      { package: 'postgresql-client-15', files: [[/^usr\/lib\/postgresql\/15\/bin\//, '$&']] },
    ],
    tree: 'postgres',
    run: `
      install -d -o postgres -g postgres -m 1777 /var/lib/postgresql/data
      install -d -o postgres -g postgres -m 3777 /var/run/postgresql
      mkdir /docker-entrypoint-initdb.d
      sed -i "s/^#listen_addresses = .*/listen_addresses = '*'/" /usr/share/postgresql/15/postgresql.conf.sample
      ln -s usr/local/bin/docker-entrypoint.sh /docker-entrypoint.sh
      /usr/lib/postgresql/15/bin/postgres --version
    `,
    createdBy: 'RUN dpkg --install libicu72, libpq5; COPY postgresql-15 from its packages; COPY docker-entrypoint.sh',
  },
  {
    // What initdb makes takes it minutes in the VM: it is a layer of its own, which its like in /usr/local/bin copies.
    name: 'postgres-cluster',
    from: 'postgres',
    packages: [],
    tree: 'postgres-cluster',
    run: `
      cluster=/usr/lib/postgresql/15/cluster
      install -d -o postgres -g postgres -m 0700 $cluster
      setpriv --reuid=postgres --regid=postgres --clear-groups env LC_ALL=C.UTF-8 TZ=Etc/UTC \
        /usr/lib/postgresql/15/bin/initdb --username=postgres --wal-segsize=1 -D $cluster
      sed -i "s/^dynamic_shared_memory_type = .*/dynamic_shared_memory_type = posix/" $cluster/postgresql.conf
    `,
    createdBy: 'RUN initdb -D /usr/lib/postgresql/15/cluster; COPY initdb',
  },
  {
    name: 'registry',
    from: 'debian',
    packages: [],
    extract: [{ package: 'docker-registry', files: [[/^usr\/bin\/docker-registry$/, 'bin/registry']] }],
    tree: 'registry',
    run: 'mkdir /var/lib/registry',
    createdBy: 'COPY registry from package docker-registry; COPY entrypoint.sh, config.yml',
  },
];

export const IMAGES: readonly Image[] = [
  {
    repository: 'library/hello-world',
    tags: ['latest', 'linux'],
    step: 'hello-world',
    config: { Env: [PATH], Cmd: ['/hello'], WorkingDir: '/' },
  },
  {
    repository: 'library/busybox',
    tags: ['latest', 'VERSION', '1.35', '1', 'stable'],
    versionOf: 'busybox-static',
    step: 'busybox',
    config: { Env: [PATH], Cmd: ['sh'] },
  },
  {
    repository: 'library/debian',
    tags: ['bookworm-slim', 'bookworm', '12-slim', '12', 'latest', 'stable-slim'],
    step: 'debian',
    config: { Env: [PATH], Cmd: ['bash'] },
  },
  {
    repository: 'library/nginx',
    tags: ['latest', 'VERSION', '1.22', '1', 'bookworm', 'stable'],
    versionOf: 'nginx',
    step: 'nginx',
    config: {
      ExposedPorts: { '80/tcp': {} },
      Env: [PATH, 'NGINX_VERSION=VERSION'],
      Entrypoint: ['/docker-entrypoint.sh'],
      Cmd: ['nginx', '-g', 'daemon off;'],
      StopSignal: 'SIGQUIT',
    },
  },
  {
    repository: 'library/redis',
    tags: ['latest', 'VERSION', '7.0', '7', 'bookworm'],
    versionOf: 'redis-server',
    step: 'redis',
    config: {
      ExposedPorts: { '6379/tcp': {} },
      Env: [PATH, 'REDIS_VERSION=VERSION'],
      Volumes: { '/data': {} },
      WorkingDir: '/data',
      Entrypoint: ['docker-entrypoint.sh'],
      Cmd: ['redis-server'],
    },
  },
  {
    repository: 'library/python',
    tags: ['latest', 'VERSION-slim', '3.11-slim', '3.11', '3-slim', '3', 'slim'],
    versionOf: 'python3.11',
    step: 'python',
    config: { Env: [PATH, 'LANG=C.UTF-8', 'PYTHON_VERSION=VERSION'], Cmd: ['python3'] },
  },
  {
    repository: 'library/httpd',
    tags: ['latest', 'VERSION', '2.4', '2', 'bookworm'],
    versionOf: 'apache2-bin',
    step: 'httpd',
    config: {
      ExposedPorts: { '80/tcp': {} },
      Env: [PATH.replace('=', '=/usr/local/apache2/bin:'), 'HTTPD_PREFIX=/usr/local/apache2', 'HTTPD_VERSION=VERSION'],
      WorkingDir: '/usr/local/apache2',
      Cmd: ['httpd-foreground'],
      StopSignal: 'SIGWINCH',
    },
  },
  {
    repository: 'library/postgres',
    tags: ['latest', 'VERSION', '15', 'bookworm'],
    versionOf: 'postgresql-15',
    step: 'postgres-cluster',
    config: {
      ExposedPorts: { '5432/tcp': {} },
      Env: [
        `${PATH}:/usr/lib/postgresql/15/bin`,
        'LANG=C.UTF-8',
        'PG_MAJOR=15',
        'PG_VERSION=VERSION',
        'PGDATA=/var/lib/postgresql/data',
      ],
      Volumes: { '/var/lib/postgresql/data': {} },
      Entrypoint: ['docker-entrypoint.sh'],
      Cmd: ['postgres'],
      StopSignal: 'SIGINT',
    },
  },
  {
    repository: 'library/registry',
    tags: ['latest', 'VERSION', '2.8', '2'],
    versionOf: 'docker-registry',
    step: 'registry',
    config: {
      ExposedPorts: { '5000/tcp': {} },
      Env: [PATH],
      Volumes: { '/var/lib/registry': {} },
      Entrypoint: ['/entrypoint.sh'],
      Cmd: ['/etc/docker/registry/config.yml'],
    },
  },
];
