-- What refuses what a newer version of the library wrote. Go puts known_record,
-- known_carried and known_layout before it.
local function newer(what, version, known)
  error('-NEWERVERSION ' .. what .. ' of version ' .. version .. ', where ' .. known .. ' is known', 0)
end

-- check_layout takes what b holds of a scope's layout.
local function check_layout(version)
  if version and (tonumber(version) or math.huge) > known_layout then newer('a layout', version, known_layout) end
end
