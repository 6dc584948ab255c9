// --user in the words of the image: names are looked up in the container's own /etc/passwd and /etc/group. passwd(5), group(5)
import type { User } from '../../runc/spec.ts';
import { invalidParameter } from '../errors.ts';
import { readInRoot } from './resolve.ts';

/** `root`, `1000`, `www-data:adm`, `1000:1000`; '' is root. Groups of --group-add come on top. */
export function lookupUser(root: string, text: string, groupAdd: readonly string[]): User {
  const [userText = '', groupText] = text.split(':');
  if ((userText === '' || userText === '0') && groupText === undefined && groupAdd.length === 0) return rootUser(root);
  return findUser(readInRoot(root, '/etc/passwd'), readInRoot(root, '/etc/group'), userText, groupText, groupAdd);
}

/** What was found last: most containers in a row, and every exec, have the same /etc/group. */
let last = { group: '', gids: [0] };

/** The usual case; root's further groups count as well. */
function rootUser(root: string): User {
  const group = readInRoot(root, '/etc/group');
  if (group !== last.group) last = { group, gids: [0, ...membership(group, 'root', 0)] };
  return { uid: 0, gid: 0, additionalGids: last.gids };
}

/**
 * The pure part: contents of the two files, and what was asked for. The primary group stands among the additional ones as
 * well: without it a file that denies its group access would open to a process that changed its primary group.
 */
export function findUser(
  passwd: string,
  group: string,
  userText: string,
  groupText: string | undefined,
  groupAdd: readonly string[],
): User {
  const wanted = userText === '' ? '0' : userText;
  const entry = rows(passwd).find((row) => row[0] === wanted) ?? rows(passwd).find((row) => row[2] === wanted);
  if (!entry && !isId(wanted))
    throw invalidParameter(`unable to find user ${wanted}: no matching entries in passwd file`);
  const uid = Number(entry?.[2] ?? wanted);
  const gid = groupText === undefined ? Number(entry?.[3] ?? 0) : findGroup(group, groupText);
  const own = groupText === undefined ? membership(group, entry?.[0] ?? '', gid) : [];
  return { uid, gid, additionalGids: [...new Set([gid, ...own, ...groupAdd.map((name) => findGroup(group, name))])] };
}

function findGroup(group: string, wanted: string): number {
  const entry = rows(group).find((row) => row[0] === wanted) ?? rows(group).find((row) => row[2] === wanted);
  if (!entry && !isId(wanted))
    throw invalidParameter(`unable to find group ${wanted}: no matching entries in group file`);
  return Number(entry?.[2] ?? wanted);
}

function membership(group: string, user: string, primary: number): number[] {
  if (!group.includes(user) || user === '') return [];
  return group
    .split('\n')
    .filter((line) => line.includes(user))
    .map((line) => line.split(':'))
    .filter((row) => row[3]?.split(',').includes(user) && Number(row[2]) !== primary)
    .map((row) => Number(row[2]));
}

function isId(text: string): boolean {
  return /^\d{1,10}$/.test(text) && Number(text) <= 0x7fffffff;
}

function rows(text: string): string[][] {
  return text.split('\n').map((line) => line.split(':'));
}
