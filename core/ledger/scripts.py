"""What Redis does at one stroke for the ledger: taking units, giving them back, and hearing what a source says.

Each process writes its own entry of a window, always the whole count, so that a message that was lost or repeated
changes nothing; the sum of the entries is what is used. A Redis that forgot hears the entries again: each process hands
over its own, and those of the others as far as it knows them. `floor` is what a source itself says was used.
"""

from __future__ import annotations

# KEYS: who asked lately; who shares the ledger; then for each window its entries and what each asker took.
# ARGV: our name, units, now in seconds, our digests (person, channel or ""), seconds that count as lately, seconds
# that a sharer counts, the part from which on a budget is scarce; then for each window its limit, the seconds it is
# kept, our own count so far, and a JSON object of the others' counts as far as we know them.
# Returns JSON: granted; or why not, which window, and seconds until one of those who share has been silent for long
# enough; always the number of sharers and the entries of each window.
TAKE = """
local name, units, now = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local lately, shares, scarce = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local askers = {}
for _, who in ipairs({ARGV[4], ARGV[5]}) do if who ~= '' then table.insert(askers, who) end end

redis.call('ZADD', KEYS[2], now, name)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - shares)
redis.call('EXPIRE', KEYS[2], math.ceil(shares))
for _, who in ipairs(askers) do redis.call('ZADD', KEYS[1], now, who) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - lately)
redis.call('EXPIRE', KEYS[1], math.ceil(lately))

local function entries_of(key)
  local held, sum, flat = {}, 0, redis.call('HGETALL', key)
  for i = 1, #flat, 2 do
    held[flat[i]] = tonumber(flat[i + 1])
    if flat[i] ~= 'floor' then sum = sum + held[flat[i]] end
  end
  return held, math.max(sum, held['floor'] or 0)
end

local function share_of(who, taken_key, left)
  local kind, many, taken, wait = string.sub(who, 1, 2), 0, 0, lately
  local recent = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
  for i = 1, #recent, 2 do
    if string.sub(recent[i], 1, 2) == kind then
      many = many + 1
      taken = taken + tonumber(redis.call('HGET', taken_key, recent[i]) or 0)
      if recent[i] ~= who then wait = math.min(wait, recent[i + 1] + lately - now) end
    end
  end
  return many, math.ceil((left + taken) / many), wait
end

local answer = {granted = true, sharers = redis.call('ZCARD', KEYS[2]), windows = {}}
local count = (#KEYS - 2) / 2
for w = 1, count do
  local entries, taken, base = KEYS[1 + 2 * w], KEYS[2 + 2 * w], 5 + 4 * w
  local limit, keep, mine = tonumber(ARGV[base]), tonumber(ARGV[base + 1]), tonumber(ARGV[base + 2])
  for other, known in pairs(cjson.decode(ARGV[base + 3])) do
    if other == 'floor' then
      if known > tonumber(redis.call('HGET', entries, other) or 0) then redis.call('HSET', entries, other, known) end
    elseif other ~= name then redis.call('HSETNX', entries, other, known) end
  end
  if mine > 0 or redis.call('HEXISTS', entries, name) == 1 then redis.call('HSET', entries, name, mine) end
  redis.call('EXPIRE', entries, math.ceil(keep))
  local _, used = entries_of(entries)
  if answer.granted and used + units > limit then
    answer.granted, answer.why, answer.window = false, 'limit', w
  end
  local left = limit - used
  for _, who in ipairs(askers) do
    local many, share, wait = share_of(who, taken, left)
    local has = tonumber(redis.call('HGET', taken, who) or 0)
    if answer.granted and many > 1 and left < limit * scarce and has + units > share then
      answer.granted, answer.why, answer.window, answer.wait = false, 'share', w, wait
    end
  end
end
for w = 1, count do
  local entries, taken, keep = KEYS[1 + 2 * w], KEYS[2 + 2 * w], tonumber(ARGV[6 + 4 * w])
  if answer.granted then
    redis.call('HINCRBY', entries, name, units)
    if redis.call('HEXISTS', entries, 'floor') == 1 then redis.call('HINCRBY', entries, 'floor', units) end
    redis.call('EXPIRE', entries, math.ceil(keep))
    for _, who in ipairs(askers) do redis.call('HINCRBY', taken, who, units) end
    if #askers > 0 then redis.call('EXPIRE', taken, math.ceil(keep)) end
  end
  local held = entries_of(entries)
  held['-'] = 0  -- an empty table would be sent as a list
  answer.windows[w] = held
end
return cjson.encode(answer)
"""

# KEYS: for each window its entries and what each asker took. ARGV: our name, units, our digests; then for each window
# our own count after it.
GIVE_BACK = """
for w = 1, #KEYS / 2 do
  local entries, taken = KEYS[2 * w - 1], KEYS[2 * w]
  if redis.call('HEXISTS', entries, ARGV[1]) == 1 then redis.call('HSET', entries, ARGV[1], ARGV[4 + w]) end
  if redis.call('HEXISTS', entries, 'floor') == 1 then redis.call('HINCRBY', entries, 'floor', -ARGV[2]) end
  for i = 3, 4 do
    if ARGV[i] ~= '' and redis.call('HEXISTS', taken, ARGV[i]) == 1 then
      redis.call('HINCRBY', taken, ARGV[i], -ARGV[2])
    end
  end
end
return 0
"""

# KEYS[1] a window's entries; ARGV: what the source says was used at least, the seconds it is kept. What was counted
# beyond that stands: questions may be under way that the source had not seen yet.
HEAR = """
local sum, flat = 0, redis.call('HGETALL', KEYS[1])
for i = 1, #flat, 2 do if flat[i] ~= 'floor' then sum = sum + flat[i + 1] end end
if tonumber(ARGV[1]) > sum then
  redis.call('HSET', KEYS[1], 'floor', ARGV[1])
  redis.call('EXPIRE', KEYS[1], math.ceil(ARGV[2]))
end
return 0
"""
