// A name for a container that was given none: adjective_surname, as Docker does it, from word lists of our own (seas,
// ships and their people). Called by container create.

const ADJECTIVES =
  'able agile amber ample apt azure bold bonny brave bright brisk buoyant calm candid cheery clear clever cobalt cool coral cosy crisp deft devoted drifting eager early earnest easy fair famous fleet fluent fond fresh gallant gentle gifted glad golden grand great hardy hearty honest humble ivory jolly jovial keen kind lively loyal lucid lucky merry mild modest neat nimble noble open patient placid polite proud quick quiet ready rested robust rosy sage serene sharp silver smart snug solid sound spry stable steady still stout sunny sure swift tender thrifty tidy tranquil trim trusty upbeat vivid warm wise witty zesty'.split(
    ' ',
  );

const SURNAMES =
  'amundsen barents bass baret beaufort bering bligh bougainville brunel cabot cavendish chichester columbus cook cousteau crozier dampier darwin davis drake earhart ericson fitzroy flinders franklin frobisher fulton gama gilbert grotius halley hanno harrison hawkins henson hudson humboldt jervis joshua kidd knox kotzebue laperouse magellan maury mawson mercator nansen nares nelson noether palmer parry peary piccard polo ptolemy pytheas raleigh ross rutter scoresby selkirk shackleton slocum smith spilbergen tasman tereshkova tharp torres tromp vancouver vespucci weddell wegener wilkes worsley zheng'.split(
    ' ',
  );

/** `random(n)` gives a whole number below n. A later attempt adds a digit, so that a full list still yields names. */
export function generateName(random: (n: number) => number, attempt: number): string {
  const adjective = ADJECTIVES[random(ADJECTIVES.length)] ?? 'steady';
  const surname = SURNAMES[random(SURNAMES.length)] ?? 'cook';
  return `${adjective}_${surname}${attempt > 0 ? random(10) : ''}`;
}

/** The names that Docker allows. */
export const NAME_PATTERN = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;
